#pragma once

#include <cstdint>

namespace sotto {

/// A token by its place in the vocabulary, or a special one behind it.
using TokenId = std::int32_t;

}  // namespace sotto

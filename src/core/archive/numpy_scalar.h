#pragma once

#include <cstdint>
#include <optional>

#include "core/archive/pickle_reader.h"

namespace sotto {

/// The integer that a value of a pickle is: Python's, or one of NumPy's integer types as NumPy 1
/// and 2 pickle it. Nothing for any other value, and for what int64 does not hold.
[[nodiscard]] std::optional<std::int64_t> pickled_integer(const PickleValue& value);

}  // namespace sotto

#pragma once

#include <string_view>

namespace sotto {

/// Bytes of `text` over bytes of it compressed by zlib at its default level, a measure of
/// repetition (utils.py); 0 for an empty text.
[[nodiscard]] double compression_ratio(std::string_view text);

}  // namespace sotto

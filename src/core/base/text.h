#pragma once

#include <string_view>

namespace sotto {

/// `text` (UTF-8) without the white space at its ends, as Python's str.strip() removes it.
[[nodiscard]] std::string_view strip_white_space(std::string_view text);

}  // namespace sotto

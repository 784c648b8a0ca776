#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sotto {

/// UTF-8 text as Python sees it. White space is what its str.isspace() holds for white: Unicode's
/// White_Space and U+001C to U+001F; its regular expressions' \s is the same.

/// How many bytes of white space `text` begins with.
[[nodiscard]] std::size_t leading_white_space(std::string_view text);

/// `text` without the white space around it: str.strip().
[[nodiscard]] std::string_view strip_white_space(std::string_view text);

/// How many characters (code points) `text` has: len(). Of what is not well-formed UTF-8 every byte
/// counts that does not continue another.
[[nodiscard]] std::size_t count_characters(std::string_view text);

/// `text` with its ASCII letters in lower case.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace sotto

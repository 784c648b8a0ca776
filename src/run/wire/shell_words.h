#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sotto {

/// Words as one line that a POSIX shell reads back as these very words: whatever is in them, line
/// feeds and quotes included, nothing of it is expanded or taken for an operator. Throws usage for
/// a word with a zero byte, which no argument of a program can have.
[[nodiscard]] std::string shell_line(std::span<const std::string> words);

}  // namespace sotto

#include "run/wire/shell_words.h"

#include "core/base/error.h"

namespace sotto {

std::string shell_line(std::span<const std::string> words) {
  std::string line;
  for (const std::string& word : words) {
    if (word.find('\0') != std::string::npos) {
      fail(ErrorKind::usage, "\"", word, "\": a word for the device holds a zero byte");
    }
    line += line.empty() ? "'" : " '";
    for (const char c : word) {
      if (c == '\'') {
        line += "'\\''";
      } else {
        line += c;
      }
    }
    line += '\'';
  }
  return line;
}

}  // namespace sotto

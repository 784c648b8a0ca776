#pragma once

#include <string>
#include <vector>

namespace sotto::test {

/// Words and names of files that a shell, or a program's options, would make something else of.
[[nodiscard]] inline std::vector<std::string> odd_words() {
  return {"plain",       "two words",
          " ",           "it's",
          "\"quoted\"",  "'",
          "''",          "$(touch x)",
          "`touch x`",   "$HOME",
          "a;b",         "a&b",
          "a|b",         "a>b",
          "*",           "?[a-z]",
          "~",           "#",
          "!",           "\\",
          "a\\n",        "two\nlines",
          "\n",          "tab\there",
          "-n",          "--",
          "-rf",         "%s",
          "{a,b}",       "(x)",
          "caf\xc3\xa9", "\xff\xfe",
          "a\rb",        "x y'z\"$(id)\n-"};
}

}  // namespace sotto::test

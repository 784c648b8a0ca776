#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sotto::cli {

/// Columns that a terminal needs for UTF-8 text: two for the wide characters of East Asia, none for
/// combining marks of the common blocks.
[[nodiscard]] std::size_t display_width(std::string_view text);

/// `number` with that many decimals.
[[nodiscard]] std::string fixed(double number, int decimals);

/// "1.2e-05".
[[nodiscard]] std::string scientific(double number);

/// "78.7 MB" (2^20 bytes), "12.0 KB", "17 bytes".
[[nodiscard]] std::string byte_size(double bytes);

/// Rows under a header, in columns as wide as they need to be. What is in a cell stays on its line
/// (shown_on_a_line()).
class Table {
 public:
  /// A header that begins with '>' makes a column aligned to the right (the '>' is not shown).
  explicit Table(const std::vector<std::string>& headers);
  void add(std::vector<std::string> row);
  /// Every line ends with a line break; no spaces before it.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<bool> right_aligned_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sotto::cli

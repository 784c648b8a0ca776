#include "table.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "shown.h"

namespace sotto::cli {

namespace {

std::size_t width_of(char32_t c) {
  if (c >= 0x300 && c <= 0x36F) return 0;
  const bool wide = (c >= 0x1100 && c <= 0x115F) || (c >= 0x2E80 && c <= 0xA4CF) ||
                    (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0xF900 && c <= 0xFAFF) ||
                    (c >= 0xFE30 && c <= 0xFE6F) || (c >= 0xFF00 && c <= 0xFF60) ||
                    (c >= 0xFFE0 && c <= 0xFFE6) || (c >= 0x1F300 && c <= 0x1FAFF) ||
                    (c >= 0x20000 && c <= 0x3FFFD);
  return wide ? 2 : 1;
}

std::string formatted(const char* format, int decimals, double number) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), format, decimals, number);
  return {buffer.data(),
          std::min(static_cast<std::size_t>(std::max(length, 0)), buffer.size() - 1)};
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string gap(width - std::min(width, display_width(text)), ' ');
  return right ? gap + text : text + gap;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  char32_t code = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues = (byte & 0xC0U) == 0x80U;
    code = continues ? (code << 6U) | (byte & 0x3FU)
                     : byte & (byte >= 0xF0   ? 0x07U
                               : byte >= 0xE0 ? 0x0FU
                               : byte >= 0xC0 ? 0x1FU
                                              : 0x7FU);
    const bool ends =
        i + 1 == text.size() || (static_cast<unsigned char>(text[i + 1]) & 0xC0U) != 0x80U;
    if (ends) width += width_of(code);
  }
  return width;
}

std::string fixed(double number, int decimals) { return formatted("%.*f", decimals, number); }

std::string scientific(double number) { return formatted("%.*e", 1, number); }

std::string byte_size(double bytes) {
  constexpr double kKilo = 1024;
  if (bytes < kKilo) return fixed(bytes, 0) + " bytes";
  if (bytes < kKilo * kKilo) return fixed(bytes / kKilo, 1) + " KB";
  if (bytes < kKilo * kKilo * kKilo) return fixed(bytes / kKilo / kKilo, 1) + " MB";
  return fixed(bytes / kKilo / kKilo / kKilo, 2) + " GB";
}

Table::Table(const std::vector<std::string>& headers) {
  std::vector<std::string> row;
  for (const auto& header : headers) {
    const bool right = header.starts_with('>');
    right_aligned_.push_back(right);
    row.push_back(shown_on_a_line(right ? header.substr(1) : header));
  }
  rows_.push_back(std::move(row));
}

void Table::add(std::vector<std::string> row) {
  row.resize(right_aligned_.size());
  for (std::string& cell : row) cell = shown_on_a_line(cell);
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(right_aligned_.size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], display_width(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += padded(row[i], widths[i], right_aligned_[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace sotto::cli

#include "option_values.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string_view>
#include <system_error>

#include "core/base/error.h"

namespace sotto::cli {
namespace {

[[noreturn]] void refuse(const std::string& flag, const std::string& expected,
                         std::string_view found) {
  throw CLI::ValidationError(flag, concat("expected ", expected, ", found \"", found, "\""));
}

template <class T>
bool read_all(std::string_view word, T& value) {
  const char* end = word.data() + word.size();
  const auto [place, problem] = std::from_chars(word.data(), end, value);
  return problem == std::errc() && place == end;
}

/// As the other, which libc++ has for whole numbers alone. The program's locale is C's.
bool read_all(std::string_view word, double& value) {
  if (word.empty() || word.front() == '+') return false;
  if (word.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return false;
  const std::string text(word);
  char* end = nullptr;
  errno = 0;
  value = std::strtod(text.c_str(), &end);
  return errno == 0 && *end == '\0';
}

template <class T>
T read_number(const std::string& flag, std::string_view word, const std::string& expected) {
  T value{};
  if (!read_all(word, value)) refuse(flag, expected, word);
  if constexpr (std::is_floating_point_v<T>) {
    if (!std::isfinite(value)) refuse(flag, expected, word);
  }
  return value;
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) parts.emplace_back();  // a comma at the end: something is missing there
  }
  return parts;
}

template <class T>
std::vector<T> read_list(const std::string& flag, const std::string& word,
                         const std::string& expected) {
  std::vector<T> values;
  for (const std::string_view part : parts_of(word)) {
    values.push_back(read_number<T>(flag, part, expected));
  }
  return values;
}

}  // namespace

bool parse_switch(const std::string& flag, const std::string& word) {
  if (word != "True" && word != "False") refuse(flag, "True or False", word);
  return word == "True";
}

std::int64_t parse_integer(const std::string& flag, const std::string& word) {
  return read_number<std::int64_t>(flag, word, "a whole number");
}

double parse_number(const std::string& flag, const std::string& word) {
  return read_number<double>(flag, word, "a number");
}

std::optional<std::int64_t> parse_optional_integer(const std::string& flag,
                                                   const std::string& word) {
  if (word == "None") return std::nullopt;
  return read_number<std::int64_t>(flag, word, "a whole number or None");
}

std::optional<double> parse_optional_number(const std::string& flag, const std::string& word) {
  if (word == "None") return std::nullopt;
  return read_number<double>(flag, word, "a number or None");
}

std::optional<std::string> parse_optional_text(const std::string& /*flag*/,
                                               const std::string& word) {
  return word == "None" ? std::nullopt : std::optional(word);
}

std::vector<double> parse_numbers(const std::string& flag, const std::string& word) {
  return read_list<double>(flag, word, "numbers with commas between them");
}

std::vector<std::int32_t> parse_tokens(const std::string& flag, const std::string& word) {
  return read_list<std::int32_t>(flag, word, "token ids with commas between them");
}

std::vector<std::pair<std::int64_t, std::int64_t>> parse_pairs(const std::string& flag,
                                                               const std::string& word) {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (const std::string_view part : parts_of(word)) {
    const std::size_t colon = part.find(':');
    std::int64_t layer = 0;
    std::int64_t head = 0;
    if (colon == std::string_view::npos || !read_all(part.substr(0, colon), layer) ||
        !read_all(part.substr(colon + 1), head)) {
      refuse(flag, "LAYER:HEAD with commas between them", part);
    }
    pairs.emplace_back(layer, head);
  }
  if (pairs.empty()) refuse(flag, "LAYER:HEAD with commas between them", word);
  return pairs;
}

std::vector<double> temperatures_from(double first, double step) {
  constexpr double kEnd = 1.0 + 1e-6;
  constexpr double kLeastStep = 0.01;
  if (!(step >= kLeastStep)) {
    refuse("--temperature_increment_on_fallback", "0.01 or more, or None", concat(step));
  }
  if (!(first >= 0 && first < kEnd)) {
    refuse("--temperature", "0 to 1, or no upper end with --temperature_increment_on_fallback None",
           concat(first));
  }
  // numpy takes the difference of the first two for its step.
  const double difference = (first + step) - first;
  std::vector<double> temperatures(static_cast<std::size_t>(std::ceil((kEnd - first) / step)));
  for (std::size_t i = 0; i < temperatures.size(); ++i) {
    temperatures[i] = first + static_cast<double>(i) * difference;
  }
  return temperatures;
}

}  // namespace sotto::cli

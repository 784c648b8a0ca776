#include "option_words.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "core/base/error.h"
#include "option_values.h"
#include "run/decoding/option_table.h"

namespace sotto::cli {
namespace {

// By the values of the enums.
constexpr std::array<std::string_view, 3> kDecoderNames{"auto", "full", "kv"};
static_assert(static_cast<int>(DecoderKind::automatic) == 0 &&
              static_cast<int>(DecoderKind::full) == 1 && static_cast<int>(DecoderKind::kv) == 2);
constexpr std::array<std::string_view, 4> kPrecisionNames{"f32", "bf16", "int8", "auto"};
constexpr std::array<std::string_view, 4> kPreferenceNames{"low_power", "fast_answer",
                                                           "sustained_speed", "turbo"};
constexpr std::array<std::string_view, 3> kPriorityNames{"low", "medium", "high"};
constexpr std::array<std::string_view, 1> kDeviceNames{"cpu"};

[[noreturn]] void refuse(const GivenWord& given, const std::string& expected) {
  throw CLI::ValidationError(given.flag,
                             concat("expected ", expected, ", found \"", given.word, "\""));
}

/// "auto, full or kv"
std::string one_of(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool is_last = i + 1 == names.size();
    text += concat(i == 0 ? "" : is_last ? " or " : ", ", names[i]);
  }
  return text;
}

template <class Enum>
Enum choose(const GivenWord& given, std::span<const std::string_view> names) {
  const auto found = std::find(names.begin(), names.end(), given.word);
  if (found == names.end()) refuse(given, one_of(names));
  return static_cast<Enum>(found - names.begin());
}

template <class T>
std::string joined(const std::vector<T>& values) {
  std::string text;
  for (const T& value : values) text += concat(text.empty() ? "" : ",", word_of(value));
  return text;
}

}  // namespace

void read_value(const GivenWord& given, bool& value) {
  value = parse_switch(given.flag, given.word);
}

void read_value(const GivenWord& given, std::int64_t& value) {
  const std::int64_t number = parse_optional_integer(given.flag, given.word).value_or(0);
  if (given.range) {
    const auto least = static_cast<std::int64_t>(given.range->least);
    const auto most = static_cast<std::int64_t>(given.range->most);
    if (number < least || number > most) refuse(given, concat(least, " to ", most));
  }
  value = number;
}

void read_value(const GivenWord& given, std::uint64_t& value) {
  const std::int64_t number = parse_integer(given.flag, given.word);
  if (number < 0) refuse(given, "0 or more");
  value = static_cast<std::uint64_t>(number);
}

void read_value(const GivenWord& given, double& value) {
  value = parse_number(given.flag, given.word);
}

void read_value(const GivenWord& given, std::string& value) { value = given.word; }

void read_value(const GivenWord& given, std::filesystem::path& value) { value = given.word; }

void read_value(const GivenWord& given, std::optional<std::int64_t>& value) {
  value = parse_optional_integer(given.flag, given.word);
}

void read_value(const GivenWord& given, std::optional<double>& value) {
  value = parse_optional_number(given.flag, given.word);
}

void read_value(const GivenWord& given, std::optional<std::string>& value) {
  value = parse_optional_text(given.flag, given.word);
}

void read_value(const GivenWord& given, std::vector<double>& value) {
  value = parse_numbers(given.flag, given.word);
}

void read_value(const GivenWord& given, std::vector<TokenId>& value) {
  value = parse_tokens(given.flag, given.word);
}

void read_value(const GivenWord& given, std::vector<std::pair<std::int64_t, std::int64_t>>& value) {
  value = parse_pairs(given.flag, given.word);
}

void read_value(const GivenWord& given, std::vector<OutputFormat>& value) {
  value.clear();
  if (given.word == "none") return;
  for (const OutputFormat format : kAllFormats) {
    if (given.word == "all" || given.word == extension(format)) value.push_back(format);
  }
  if (value.empty()) refuse(given, "txt, vtt, srt, tsv, json, all or none");
}

void read_value(const GivenWord& given, Task& value) { value = choose<Task>(given, kTaskNames); }

void read_value(const GivenWord& given, DecoderKind& value) {
  value = choose<DecoderKind>(given, kDecoderNames);
}

void read_value(const GivenWord& given, Precision& value) {
  value = choose<Precision>(given, kPrecisionNames);
}

void read_value(const GivenWord& given, NpuPreference& value) {
  value = choose<NpuPreference>(given, kPreferenceNames);
}

void read_value(const GivenWord& given, NpuPriority& value) {
  value = choose<NpuPriority>(given, kPriorityNames);
}

void read_value(const GivenWord& given, Device& value) {
  if (given.word == word_of(value)) return;
  throw CLI::ValidationError(given.flag, concat("expected cpu, found \"", given.word,
                                                "\": what computes is chosen with --backend"));
}

void read_value(const GivenWord& given, std::optional<PcmFormat>& value) {
  value = parse_pcm_format(given.word);
}

std::string word_of(bool value) { return value ? "True" : "False"; }

std::string word_of(std::int64_t value) { return std::to_string(value); }

std::string word_of(std::uint64_t value) { return std::to_string(value); }

/// As the reference's --help has them: "0", "1.0", "0.2".
std::string word_of(double value) {
  std::string text = concat(value);
  const bool is_whole = text.find_first_not_of("-0123456789") == std::string::npos;
  return is_whole && value != 0 ? text + ".0" : text;
}

std::string word_of(const std::string& value) { return value; }

std::string word_of(const std::filesystem::path& value) { return value.string(); }

std::string word_of(const std::vector<double>& value) { return joined(value); }

std::string word_of(const std::vector<TokenId>& value) {
  return joined(std::vector<std::int64_t>(value.begin(), value.end()));
}

std::string word_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& value) {
  std::string text;
  for (const auto& [layer, head] : value) {
    text += concat(text.empty() ? "" : ",", layer, ":", head);
  }
  return text;
}

std::string word_of(const std::vector<OutputFormat>& value) {
  if (value.empty()) return "none";
  return value.size() == 1 ? std::string(extension(value.front())) : "all";
}

std::string word_of(Task value) {
  return std::string(kTaskNames.at(static_cast<std::size_t>(value)));
}

std::string word_of(DecoderKind value) {
  return std::string(kDecoderNames.at(static_cast<std::size_t>(value)));
}

std::string word_of(Precision value) {
  return std::string(kPrecisionNames.at(static_cast<std::size_t>(value)));
}

std::string word_of(NpuPreference value) {
  return std::string(kPreferenceNames.at(static_cast<std::size_t>(value)));
}

std::string word_of(NpuPriority value) {
  return std::string(kPriorityNames.at(static_cast<std::size_t>(value)));
}

std::string word_of(Device value) {
  return std::string(kDeviceNames.at(static_cast<std::size_t>(value)));
}

std::string word_of(const PcmFormat& value) {
  const bool is_float = value.code == SampleCode::floating;
  return concat(is_float ? "f32le" : "s16le", ',', value.rate, ',', value.channels);
}

}  // namespace sotto::cli

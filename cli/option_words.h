#pragma once

#include <optional>
#include <string>

#include "core/base/option_row.h"
#include "transcribe_arguments.h"

namespace sotto::cli {

/// What somebody typed for an option.
struct GivenWord {
  std::string flag;  ///< "--beam_size"
  std::string word;
  std::optional<OptionRange> range;
};

// From words to values and back, by the type of an option's field. Reading throws
// CLI::ValidationError as option_values.h does.

void read_value(const GivenWord& given, bool& value);
void read_value(const GivenWord& given, std::int64_t& value);  ///< None is 0
void read_value(const GivenWord& given, std::uint64_t& value);
void read_value(const GivenWord& given, double& value);
void read_value(const GivenWord& given, std::string& value);
void read_value(const GivenWord& given, std::filesystem::path& value);
void read_value(const GivenWord& given, std::optional<std::int64_t>& value);
void read_value(const GivenWord& given, std::optional<double>& value);
void read_value(const GivenWord& given, std::optional<std::string>& value);
void read_value(const GivenWord& given, std::vector<double>& value);
void read_value(const GivenWord& given, std::vector<TokenId>& value);
void read_value(const GivenWord& given, std::vector<std::pair<std::int64_t, std::int64_t>>& value);
void read_value(const GivenWord& given, std::vector<OutputFormat>& value);
void read_value(const GivenWord& given, Task& value);
void read_value(const GivenWord& given, DecoderKind& value);
void read_value(const GivenWord& given, Precision& value);
void read_value(const GivenWord& given, NpuPreference& value);
void read_value(const GivenWord& given, NpuPriority& value);
void read_value(const GivenWord& given, Device& value);
void read_value(const GivenWord& given, std::optional<PcmFormat>& value);

/// The word that would be read as `value`; None for an absent one, empty for an empty list.
[[nodiscard]] std::string word_of(bool value);
[[nodiscard]] std::string word_of(std::int64_t value);
[[nodiscard]] std::string word_of(std::uint64_t value);
[[nodiscard]] std::string word_of(double value);
[[nodiscard]] std::string word_of(const std::string& value);
[[nodiscard]] std::string word_of(const std::filesystem::path& value);
[[nodiscard]] std::string word_of(const std::vector<double>& value);
[[nodiscard]] std::string word_of(const std::vector<TokenId>& value);
[[nodiscard]] std::string word_of(const std::vector<std::pair<std::int64_t, std::int64_t>>& value);
[[nodiscard]] std::string word_of(const std::vector<OutputFormat>& value);
[[nodiscard]] std::string word_of(Task value);
[[nodiscard]] std::string word_of(DecoderKind value);
[[nodiscard]] std::string word_of(Precision value);
[[nodiscard]] std::string word_of(NpuPreference value);
[[nodiscard]] std::string word_of(NpuPriority value);
[[nodiscard]] std::string word_of(Device value);
[[nodiscard]] std::string word_of(const PcmFormat& value);

template <class T>
[[nodiscard]] std::string word_of(const std::optional<T>& value) {
  return value ? word_of(*value) : "None";
}

}  // namespace sotto::cli

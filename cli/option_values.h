#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sotto::cli {

// From the words of a command line to values, as openai/whisper reads them. Each throws
// CLI::ValidationError with a sentence that begins with `flag`, says what was expected and what was
// found.

/// True or False.
[[nodiscard]] bool parse_switch(const std::string& flag, const std::string& word);

[[nodiscard]] std::int64_t parse_integer(const std::string& flag, const std::string& word);

/// A finite number.
[[nodiscard]] double parse_number(const std::string& flag, const std::string& word);

/// The same, or None.
[[nodiscard]] std::optional<std::int64_t> parse_optional_integer(const std::string& flag,
                                                                 const std::string& word);
[[nodiscard]] std::optional<double> parse_optional_number(const std::string& flag,
                                                          const std::string& word);

/// Text, absent for None.
[[nodiscard]] std::optional<std::string> parse_optional_text(const std::string& flag,
                                                             const std::string& word);

/// Numbers with commas between them; none for an empty word.
[[nodiscard]] std::vector<double> parse_numbers(const std::string& flag, const std::string& word);
[[nodiscard]] std::vector<std::int32_t> parse_tokens(const std::string& flag,
                                                     const std::string& word);

/// "3:1,4:2"
[[nodiscard]] std::vector<std::pair<std::int64_t, std::int64_t>> parse_pairs(
    const std::string& flag, const std::string& word);

/// What numpy.arange(first, 1 + 1e-6, step) gives: the temperatures that the reference tries.
/// Throws for a step that is not at least 0.01, and for a first above 1.
[[nodiscard]] std::vector<double> temperatures_from(double first, double step);

/// What --trust says in --help.
inline constexpr const char* kTrustHelp =
    "Run the TorchScript files of a bundle even when their code is not what Sotto writes. "
    "TorchScript "
    "is a program: it runs with your rights, and can read, write and delete what you can. Only for "
    "files whose maker you trust; their hashes are compared all the same";

}  // namespace sotto::cli

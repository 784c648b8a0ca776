#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sotto {

/// A recording to verify with.
struct Clip {
  std::filesystem::path audio;
  std::optional<std::string> language;  ///< detected when absent
  [[nodiscard]] std::string name() const { return audio.stem().string(); }
};

/// Reads "FILE:LANGUAGE" or "FILE". What follows the last colon is the language when Whisper knows
/// one of that name, or when only then the rest names a file; else the colon belongs to the file.
[[nodiscard]] Clip parse_clip(const std::string& argument);

/// All of them. Throws usage when two have the same name, for their results would be one file.
[[nodiscard]] std::vector<Clip> parse_clips(const std::vector<std::string>& arguments);

}  // namespace sotto

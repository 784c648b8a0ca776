#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "run/writers/writers.h"

namespace sotto::cli {

/// A recording to be written down.
struct Input {
  std::filesystem::path path;  ///< "-" is standard input
  std::string name;            ///< of its outputs, without extension

  [[nodiscard]] bool is_standard_input() const { return path == "-"; }
};

/// What the words of a command line stand for: "-" for standard input; a folder for the recordings
/// in it (not in folders below), by name; a pattern of glob(3), unless a file has that very name,
/// for the files that it matches; anything else for itself. Throws not_found for a folder without
/// recordings.
[[nodiscard]] std::vector<Input> expand_inputs(const std::vector<std::string>& words);

/// Throws usage, naming both, when two recordings would write the same file or one would be
/// overwritten by an output. Outputs go to `folder`; standard input must not be read twice.
void check_outputs_differ(const std::vector<Input>& inputs, const std::filesystem::path& folder,
                          std::span<const OutputFormat> formats);

}  // namespace sotto::cli

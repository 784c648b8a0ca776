#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sotto::cli {

/// How the values of a switch are shown: options of this type take True or False, or nothing for
/// True.
inline constexpr const char* kSwitchType = "True|False";

/// `words`, the command line behind the name of `command`, as CLI11 understands it: dashes in the
/// names of its options become underscores (--beam-size is --beam_size), and every switch has its
/// value attached (--verbose False becomes --verbose=False, --verbose a.wav becomes --verbose=True
/// a.wav). What follows "--" and values of other options stay as they are.
[[nodiscard]] std::vector<std::string> spelled_for(const CLI::App& command,
                                                   const std::vector<std::string>& words);

}  // namespace sotto::cli

#pragma once

#include <string>
#include <vector>

#include "compile/targets/check.h"

namespace sotto::cli {

/// One checked file.
struct CheckedFile {
  std::string name;
  ToolchainSet toolchains;  ///< that it was held to
  CheckReport report;
};

/// The verdict on each graph, then what is illegal in it and what is worth knowing.
[[nodiscard]] std::string check_text(const Target& target, const std::vector<CheckedFile>& files);
/// The same as JSON, every finding by itself.
[[nodiscard]] std::string check_json(const Target& target, const std::vector<CheckedFile>& files);

/// The targets that there are.
[[nodiscard]] std::string targets_text();
[[nodiscard]] std::string targets_json();

}  // namespace sotto::cli

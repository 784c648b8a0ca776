#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sotto {

/// How another program is called: no shell is in between, so nothing is quoted or expanded.
struct Command {
  std::filesystem::path program;  ///< a path, or a name that PATH is searched for
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to what is handed on
  std::filesystem::path directory;                               ///< where it runs; empty: here
};

/// As a person would type it into a shell, environment first, quoted where needed.
[[nodiscard]] std::string to_string(const Command& command);

/// The full path of a program: itself when it holds a '/', else where PATH has it; absent when it
/// is not an executable file.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::filesystem::path& name);

/// What the command finds in its environment, as NAME=VALUE: its own additions, and of this
/// process's variables those that tools are known to need (docs/toolchains.md has the list) or that
/// $SOTTO_TOOL_ENVIRONMENT names, with commas between. What would make any program load or run
/// something (LD_PRELOAD, PYTHONPATH, PYTHONSTARTUP) is not among them.
[[nodiscard]] std::vector<std::string> environment_of(const Command& command);

}  // namespace sotto

#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sotto {

/// How another program is called: no shell is in between, so nothing is quoted or expanded.
struct Command {
  std::filesystem::path program;  ///< a path, or a name that PATH is searched for
  std::vector<std::string> arguments;
  std::vector<std::pair<std::string, std::string>> environment;  ///< added to this process's own
  std::filesystem::path directory;                               ///< where it runs; empty: here
};

/// As a person would type it into a shell, environment first, quoted where needed.
[[nodiscard]] std::string to_string(const Command& command);

struct CommandResult {
  int exit_code = 0;   ///< 128 + the signal's number when a signal ended it
  std::string output;  ///< standard output and error, in the order they came; the last 1 MB
};

/// Runs it to its end. Whole lines of output go to `log` (when given) as they come. Throws
/// not_found when the program is not there, io when it cannot be started; an exit code is the
/// caller's to read.
[[nodiscard]] CommandResult run_command(const Command& command,
                                        const std::function<void(std::string_view line)>& log = {});

/// The full path of a program: itself when it holds a '/', else where PATH has it; absent when it
/// is not an executable file.
[[nodiscard]] std::optional<std::filesystem::path> find_program(const std::filesystem::path& name);

/// A program that is spoken with over its standard input and output; its standard error goes to a
/// file. Ended and waited for when this goes.
class ChildProcess {
 public:
  /// Throws what run_command() throws.
  ChildProcess(const Command& command, const std::filesystem::path& error_file);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// All of it. Throws io when the child has gone.
  void write(std::span<const std::byte> bytes);
  /// Exactly so many bytes. Throws io when the child ends before.
  void read(std::span<std::byte> bytes);

 private:
  int pid_ = -1;
  int to_ = -1;
  int from_ = -1;
};

}  // namespace sotto

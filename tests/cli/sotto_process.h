#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace sotto::test {

/// What one run of the program left behind.
struct ProgramRun {
  int exit_code = -1;  ///< 128 + the signal where one ended it
  std::string output;  ///< of stdout
  std::string errors;  ///< of stderr
};

/// Runs the built program with these arguments and waits for it; with SIGKILL after `most`, unless
/// that is zero.
[[nodiscard]] ProgramRun run_sotto(const std::vector<std::string>& arguments,
                                   std::chrono::seconds most = std::chrono::seconds(0));

/// Starts the program and sends SIGKILL after a while, unless it has ended by itself.
void kill_sotto_after(const std::vector<std::string>& arguments, int microseconds);

/// True for one line that begins with "sotto: " and says something after it.
[[nodiscard]] bool is_one_sentence(const std::string& errors);

}  // namespace sotto::test

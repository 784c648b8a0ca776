#pragma once

#include <string>
#include <vector>

namespace sotto::test {

/// What one run of the program left behind.
struct ProgramRun {
  int exit_code = -1;  ///< 128 + the signal where one ended it
  std::string output;  ///< of stdout
  std::string errors;  ///< of stderr
};

/// Runs the built program with these arguments and waits for it.
[[nodiscard]] ProgramRun run_sotto(const std::vector<std::string>& arguments);

/// True for one line that begins with "sotto: " and says something after it.
[[nodiscard]] bool is_one_sentence(const std::string& errors);

}  // namespace sotto::test

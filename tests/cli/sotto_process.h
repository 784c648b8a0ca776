#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sotto::test {

/// What one run of the program left behind.
struct ProgramRun {
  int exit_code = -1;       ///< 128 + the signal where one ended it
  std::string output;       ///< of stdout
  std::string errors;       ///< of stderr
  long peak_megabytes = 0;  ///< the most memory that it held
};

/// Runs the built program with these arguments and waits for it; with SIGKILL after `most`, unless
/// that is zero.
[[nodiscard]] ProgramRun run_sotto(const std::vector<std::string>& arguments,
                                   std::chrono::seconds most = std::chrono::seconds(0));

/// The same from a shell's line, in which "$@" is the program with its arguments: for redirections,
/// limits, and signals that are ignored. Its own exit code counts.
[[nodiscard]] ProgramRun run_sotto_in_shell(const std::string& line,
                                            const std::vector<std::string>& arguments);

/// The program while it runs; killed when this goes.
class RunningSotto {
 public:
  explicit RunningSotto(const std::vector<std::string>& arguments,
                        const std::string& line = R"(exec "$@")");
  ~RunningSotto();
  RunningSotto(const RunningSotto&) = delete;
  RunningSotto& operator=(const RunningSotto&) = delete;

  void send(int signal) const;
  /// Waits for its end, which SIGKILL brings after `most` unless that is zero. Once only.
  [[nodiscard]] ProgramRun wait(std::chrono::seconds most = std::chrono::seconds(0));

 private:
  struct Files;
  std::unique_ptr<Files> files_;
  ::pid_t process_ = -1;
};

/// Starts the program and sends SIGKILL after a while, unless it has ended by itself.
void kill_sotto_after(const std::vector<std::string>& arguments, int microseconds);

/// True for one line that begins with "sotto: " and says something after it.
[[nodiscard]] bool is_one_sentence(const std::string& errors);

}  // namespace sotto::test

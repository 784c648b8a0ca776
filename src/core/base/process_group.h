#pragma once

#include <chrono>
#include <optional>
#include <sys/types.h>

#include "core/base/command.h"
#include "core/base/regular_file.h"

namespace sotto {

/// What a child's standard input, output and error are.
struct Streams {
  int input, output, error;
};

/// A running command, in a process group of its own with all that it starts and that stays there.
/// The group ends as a whole: when the command has ended, when this object goes, in end_children(),
/// and when this process ends in whatever way, by SIGKILL too. Signals from the terminal do not
/// reach it. Thread-compatible.
class ProcessGroup {
 public:
  /// Starts it. Throws not_found when the program is not there, io when it cannot be started.
  ProcessGroup(const Command& command, const Streams& streams);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  /// Whether the command itself has ended, after at most so long a wait.
  [[nodiscard]] bool has_ended(std::chrono::milliseconds patience);

  /// Waits for the end of the command itself, and ends what it left in the group. Its exit code;
  /// 128 + the signal's number where a signal ended it. Once only. Throws io when it cannot be
  /// known.
  [[nodiscard]] int wait();

 private:
  void reap();

  ::pid_t leader_ = -1;  ///< −1 when it is waited for
  ::pid_t keeper_ = -1;
  std::optional<FileDescriptor> life_;  ///< closes with this process, which the keeper notices
};

/// Ends all running commands with all in their groups (SIGTERM; SIGKILL a second later), and lets
/// no more be started: for a program that a signal tells to end.
void end_children();

}  // namespace sotto

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/command.h"

namespace sotto {

/// How a child that was watched ended.
struct WatchedRun {
  bool stood_still = false;  ///< it said nothing for too long, and was ended
  int exit_code = 0;         ///< 128 + the signal's number when a signal ended it
  std::string errors;        ///< the last of its standard error

  [[nodiscard]] bool crashed() const { return exit_code > 128; }
};

/// Runs a command whose code nobody here answers for, and hands on each line of its standard
/// output. A child that prints no line for as long as `patience` is ended. Throws what
/// ProcessGroup's constructor throws.
[[nodiscard]] WatchedRun run_watched(const Command& command, std::chrono::milliseconds patience,
                                     const std::function<void(std::string_view line)>& use);

}  // namespace sotto

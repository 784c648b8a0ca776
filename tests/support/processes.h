#pragma once

#include <chrono>
#include <fstream>
#include <string>
#include <sys/types.h>
#include <thread>

#include "core/base/error.h"

namespace sotto::test {

/// False for one that is gone, or has ended and only waits for its parent to take note.
[[nodiscard]] inline bool is_running(::pid_t process) {
  std::ifstream file(concat("/proc/", process, "/stat"));
  std::string stat;
  std::getline(file, stat);
  const std::size_t name_end = stat.rfind(')');
  return name_end != std::string::npos && name_end + 2 < stat.size() && stat[name_end + 2] != 'Z' &&
         stat[name_end + 2] != 'X';
}

/// Whether a condition comes true within ten seconds.
template <class Condition>
[[nodiscard]] bool comes_true(const Condition& condition) {
  constexpr int kTries = 1000;
  for (int i = 0; i < kTries; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return condition();
}

[[nodiscard]] inline bool ends_soon(::pid_t process) {
  return comes_true([process] { return !is_running(process); });
}

}  // namespace sotto::test

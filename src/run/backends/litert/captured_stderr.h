#pragma once

#include <mutex>
#include <string>

namespace sotto::litert {

/// Keeps what is written to standard error while it lives. LiteRT says there why it refuses a file,
/// and much that nobody asked for; it has no other way to tell or to be silenced. Only while files
/// are loaded, for other threads' words are kept too; one at a time in a process, others wait.
class CapturedStderr {
 public:
  CapturedStderr();
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// The first line so far that begins with "ERROR", without its beginning: those after it tell
  /// what came of it. Empty without one.
  [[nodiscard]] std::string first_error() const;

 private:
  std::lock_guard<std::mutex> alone_;
  int kept_ = -1;  ///< standard error as it was
  int file_ = -1;  ///< in memory
};

}  // namespace sotto::litert

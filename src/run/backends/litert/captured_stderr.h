#pragma once

#include <string>

namespace sotto::litert {

/// Keeps what is written to standard error while it lives. LiteRT says there why it refuses a file,
/// and much that nobody asked for; it has no other way to tell or to be silenced. Only while files
/// are loaded, for other threads' words are kept too.
class CapturedStderr {
 public:
  CapturedStderr();
  ~CapturedStderr();
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// The last line so far that begins with "ERROR", without its beginning; empty without one.
  [[nodiscard]] std::string last_error() const;

 private:
  int kept_ = -1;  ///< standard error as it was
  int file_ = -1;  ///< in memory
};

}  // namespace sotto::litert

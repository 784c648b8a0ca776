#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "core/base/regular_file.h"
#include "core/base/unfinished.h"

namespace sotto {

/// An empty file that was not there before, locked (flock) until this object or the process goes,
/// and removed in the end. It is locked by the descriptor that made it, which is open for writing:
/// file systems with NFS's rules lock for no other, and a umask may forbid to open it again.
class LockedFile {
 public:
  /// Throws std::system_error, and then has left nothing: EEXIST where something has that name,
  /// EWOULDBLOCK where somebody took the file for a killed process's and removes it.
  explicit LockedFile(const std::filesystem::path& path);

  /// Removes what now stands under the name, unless released.
  ~LockedFile();
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return listed_->path(); }
  [[nodiscard]] int descriptor() const { return file_->value(); }

  /// Leaves the name alone from now on: what it named has been moved away.
  void release() { listed_.reset(); }

 private:
  std::optional<FileDescriptor> file_;
  std::optional<Unfinished> listed_;
};

/// Locks a file that is there, unless another process has; `error` says why not. Never waits, opens
/// no symbolic link, and locks nothing that has meanwhile lost its name.
struct LockAttempt {
  std::optional<FileDescriptor> file;  ///< the lock goes with it
  int error = 0;
};
[[nodiscard]] LockAttempt try_to_lock(const std::filesystem::path& path);

/// True while `path` is the name of what is open there.
[[nodiscard]] bool names(const std::filesystem::path& path, int descriptor);

/// Six letters and digits that nobody guesses.
[[nodiscard]] std::string random_letters();
constexpr std::size_t kRandomLetters = 6;

}  // namespace sotto

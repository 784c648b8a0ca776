#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "core/base/regular_file.h"
#include "core/base/unfinished.h"

namespace sotto {

/// Told once, before a wait for another process (or thread) that writes the same target.
using OnWait = std::function<void()>;

/// The right to replace one file or folder: among all that take it, processes and threads, one has
/// it at a time. The lock is no part of the target, which is exchanged while it is held, but an
/// empty sibling, sibling_name() and `.lock`, open for writing as file systems with NFS's rules
/// want it, and gone when nobody writes. One that a killed process left does no harm, for the lock
/// (flock) ended with the process.
class TargetLock {
 public:
  /// Waits for it. `target` is resolved (resolve_target), its parent exists. Throws io when
  /// there can be none, a symbolic link of its name included.
  TargetLock(const std::filesystem::path& target, const OnWait& on_wait);
  ~TargetLock();
  TargetLock(const TargetLock&) = delete;
  TargetLock& operator=(const TargetLock&) = delete;

 private:
  std::optional<FileDescriptor> file_;
  std::optional<Unfinished> listed_;
};

}  // namespace sotto

#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

#include "core/base/locked_file.h"
#include "core/base/unfinished.h"

namespace sotto {

/// A locked sibling of `target`, named sibling_name() and `-XXXXXX`, in which the next state of a
/// file or folder is made before it takes its place in one step. The lock (flock) tells a sibling
/// in the making from one that a killed process left behind; it ends with the process. A file is
/// locked itself, and a folder, which nobody can open for writing, by an empty file of its name and
/// `.lock`, which is made before it and removed after it.
class Staging {
 public:
  enum class Kind { file, folder };

  /// Removes what killed processes left for this target, then makes an empty file or folder of its
  /// own. The target's parent must exist. Throws io, and then has left nothing.
  Staging(const std::filesystem::path& target, Kind kind);

  /// Removes whatever now stands under the sibling's name, unless released.
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const;

  /// A file's, open for writing. The lock goes with it.
  [[nodiscard]] int descriptor() const { return lock_->descriptor(); }

  /// Gives a folder the permissions of any new folder, and its entries to the disk. Until then it
  /// is one that its owner may use whatever the umask says. Throws std::system_error.
  void finish_folder() const;

  /// Leaves the sibling's name alone from now on: what it named has been moved away.
  void release();

 private:
  void make(const std::filesystem::path& path, Kind kind);
  void make_folder(const std::filesystem::path& path);

  std::optional<LockedFile> lock_;  ///< of a file: the sibling itself
  std::optional<Unfinished> folder_;
  ::mode_t permissions_ = 0;  ///< of the folder, in the end
};

/// What the name of everything made beside a target begins with: `.sotto-` and 16 digits, a hash of
/// the target's own name, which may be as long as a name can be.
[[nodiscard]] std::string sibling_name(const std::filesystem::path& target);

/// `path` without symbolic links, "." and trailing slashes, so that its parent and name are those
/// of the thing itself. Throws io when it names nothing that could be replaced, as "/" does.
[[nodiscard]] std::filesystem::path resolve_target(const std::filesystem::path& path);

}  // namespace sotto

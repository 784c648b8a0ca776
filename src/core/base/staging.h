#pragma once

#include <filesystem>

namespace sotto {

/// A locked sibling of `target`, named `.NAME.sotto-XXXXXX`, in which the next state of a file or
/// folder is made before it takes its place in one step. The lock (flock) tells a sibling in the
/// making from one that a killed process left behind; it ends with the process.
class Staging {
 public:
  enum class Kind { file, folder };

  /// Removes what killed processes left for this target, then makes an empty file or folder of its
  /// own. The target's parent must exist. Throws io.
  Staging(const std::filesystem::path& target, Kind kind);

  /// Removes whatever now stands under the sibling's name, unless released.
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Leaves the sibling's name alone from now on: what it named has been moved away.
  void release() { path_.clear(); }

 private:
  [[nodiscard]] bool make(const std::filesystem::path& path, Kind kind);

  std::filesystem::path path_;
  int lock_ = -1;
};

/// `path` without symbolic links, "." and trailing slashes, so that its parent and name are those
/// of the thing itself. Throws io when it names nothing that could be replaced, as "/" does.
[[nodiscard]] std::filesystem::path resolve_target(const std::filesystem::path& path);

}  // namespace sotto

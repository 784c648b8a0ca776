#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/staging.h"

namespace sotto {

/// A folder that appears, or replaces the one before it, complete and in one step. Its next state
/// is made in a sibling `.NAME.sotto-XXXXXX`; commit() exchanges the two (renameat2 with
/// RENAME_EXCHANGE) and removes the old one. A process that is killed at any moment leaves the old
/// folder or the new one, and perhaps a sibling that the next StagedFolder of that name removes.
/// Whether the old one may be replaced is the caller's to decide.
class StagedFolder {
 public:
  /// Makes the sibling, and the target's parents where they are missing. Throws io.
  explicit StagedFolder(const std::filesystem::path& target);

  /// Removes the sibling, and the parents that it made, unless committed.
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  /// Where the next state is made.
  [[nodiscard]] const std::filesystem::path& path() const { return staging_.path(); }

  /// Puts it in the target's place. Throws io when that cannot be done in one step.
  void commit();

 private:
  struct Parents {
    explicit Parents(const std::filesystem::path& folder);
    ~Parents();
    Parents(const Parents&) = delete;
    Parents& operator=(const Parents&) = delete;
    std::vector<std::filesystem::path> made;  ///< innermost first
  };

  std::string shown_;
  std::filesystem::path target_;
  Parents parents_;
  Staging staging_;
};

}  // namespace sotto

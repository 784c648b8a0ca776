#pragma once

#include <filesystem>
#include <list>
#include <optional>
#include <string>

#include "core/base/staging.h"
#include "core/base/target_lock.h"
#include "core/base/unfinished.h"

namespace sotto {

/// A folder that appears, or replaces the one before it, complete and in one step. Its next state
/// is made in a sibling (Staging); commit() exchanges the two (renameat2 with RENAME_EXCHANGE) and
/// removes the old one. A process that is killed at any moment leaves the old folder or the new
/// one, and perhaps siblings that the next StagedFolder of that name removes. Until it is committed
/// the target is locked: what is read of the old folder meanwhile is what will be replaced.
/// Whether the old one may be replaced is the caller's to decide.
class StagedFolder {
 public:
  /// Makes the sibling, and the target's parents where they are missing, when nobody else writes
  /// that folder; before a wait for that, `on_wait` is told. Throws io.
  explicit StagedFolder(const std::filesystem::path& target, const OnWait& on_wait = {});

  /// Removes the sibling, and the parents that it made, unless committed.
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  /// Where the next state is made.
  [[nodiscard]] const std::filesystem::path& path() const { return staging_->path(); }

  /// Puts it in the target's place, removes the old one, and ends the lock. Throws io when that
  /// cannot be done in one step; then nothing has changed. Nothing can be done with it afterwards.
  void commit();

 private:
  struct Parents {
    explicit Parents(const std::filesystem::path& folder);
    ~Parents();
    Parents(const Parents&) = delete;
    Parents& operator=(const Parents&) = delete;
    [[nodiscard]] int make(const std::filesystem::path& folder);
    void take_back() const;
    std::list<Unfinished> made;  ///< outermost first
  };

  std::string shown_;
  std::filesystem::path target_;
  Parents parents_;
  std::optional<TargetLock> lock_;
  std::optional<Staging> staging_;
};

}  // namespace sotto

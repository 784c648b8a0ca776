#include "core/base/staged_folder.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <vector>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

bool rename_to(const fs::path& from, const fs::path& to, unsigned int flags) {
  return ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags) == 0;
}

// An empty folder is replaced by a rename, as one that is not there is.
bool is_occupied(const fs::path& target) {
  std::error_code error;
  return fs::exists(fs::symlink_status(target, error)) &&
         !(fs::is_directory(target, error) && fs::is_empty(target, error));
}

}  // namespace

StagedFolder::StagedFolder(const fs::path& target, const OnWait& on_wait)
    : shown_(target.string()), target_(resolve_target(target)), parents_(target_.parent_path()) {
  lock_.emplace(target_, on_wait);
  staging_.emplace(target_, Staging::Kind::folder);
}

StagedFolder::~StagedFolder() = default;

void StagedFolder::commit() {
  try {
    staging_->finish_folder();
  } catch (const std::system_error& failure) {
    fail(ErrorKind::io, shown_, ": cannot be written: ", failure.code().message());
  }
  const bool occupied = is_occupied(target_);
  if (!rename_to(staging_->path(), target_, occupied ? RENAME_EXCHANGE : 0)) {
    const int error = errno;
    const bool unable = occupied && (error == EINVAL || error == ENOSYS);
    fail(ErrorKind::io, shown_, ": cannot be replaced in one step: ",
         unable ? "its file system does not exchange folders, so remove the old one first"
                : std::generic_category().message(error));
  }
  parents_.made.clear();
  // After an exchange the sibling's name is the old folder's, and it goes with staging_.
  if (!occupied) staging_->release();
  staging_.reset();
  lock_.reset();
}

StagedFolder::Parents::Parents(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> missing;
  for (fs::path parent = folder; !fs::exists(parent, error) && parent.has_filename();
       parent = parent.parent_path()) {
    missing.push_back(parent);
  }
  for (auto parent = missing.rbegin(); parent != missing.rend(); ++parent) {
    const int failure = make(*parent);
    if (failure == 0 || failure == EEXIST) continue;
    take_back();
    fail(ErrorKind::io, parent->string(),
         ": cannot be created: ", std::generic_category().message(failure));
  }
}

// Zero, or the error.
int StagedFolder::Parents::make(const fs::path& folder) {
  try {
    made.emplace_back(
        folder,
        [&] {
          if (::mkdir(folder.c_str(), 0777) != 0) {
            throw std::system_error(errno, std::generic_category());
          }
        },
        Unfinished::Removal::when_empty);
    return 0;
  } catch (const std::system_error& failure) {
    return failure.code().value();
  }
}

void StagedFolder::Parents::take_back() const {
  for (auto parent = made.rbegin(); parent != made.rend(); ++parent) parent->remove();
}

StagedFolder::Parents::~Parents() { take_back(); }

}  // namespace sotto

#include "core/base/staged_folder.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>

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

StagedFolder::StagedFolder(const fs::path& target)
    : shown_(target.string()),
      target_(resolve_target(target)),
      parents_(target_.parent_path()),
      staging_(target_, Staging::Kind::folder) {}

StagedFolder::~StagedFolder() = default;

void StagedFolder::commit() {
  const bool occupied = is_occupied(target_);
  if (!rename_to(staging_.path(), target_, occupied ? RENAME_EXCHANGE : 0)) {
    const bool unable = occupied && (errno == EINVAL || errno == ENOSYS);
    fail(ErrorKind::io, shown_, ": cannot be replaced in one step: ",
         unable ? "its file system does not exchange folders, so remove the old one first"
                : std::generic_category().message(errno));
  }
  parents_.made.clear();
  // After an exchange the sibling's name is the old folder's, and it goes with staging_.
  if (!occupied) staging_.release();
}

StagedFolder::Parents::Parents(const fs::path& folder) {
  std::error_code error;
  for (fs::path parent = folder; !fs::exists(parent, error) && parent.has_filename();
       parent = parent.parent_path()) {
    made.push_back(parent);
  }
  fs::create_directories(folder, error);
  if (error) {
    made.clear();
    fail(ErrorKind::io, folder.string(), ": cannot be created: ", error.message());
  }
}

StagedFolder::Parents::~Parents() {
  for (const fs::path& parent : made) {
    std::error_code ignored;  // somebody may have put something into it meanwhile
    fs::remove(parent, ignored);
  }
}

}  // namespace sotto

#include "core/base/atomic_file.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/base/error.h"

namespace sotto {

AtomicFile::AtomicFile(const std::filesystem::path& target)
    : shown_(target.string()), target_(resolve_target(target)) {
  std::error_code error;
  const auto status = std::filesystem::symlink_status(target_, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    fail(ErrorKind::io, shown_, ": expected a place for a file, found ",
         std::filesystem::is_directory(status) ? "a folder" : "something that is no regular file");
  }
  if (!target.has_filename()) {
    fail(ErrorKind::usage, shown_, ": expected the name of a file, found that of a folder");
  }
  staging_.emplace(target_, Staging::Kind::file);
  output_.emplace(staging_->path(), shown_);
}

void AtomicFile::commit() {
  output_->close();
  if (std::rename(staging_->path().c_str(), target_.c_str()) != 0) {
    fail(ErrorKind::io, shown_,
         ": cannot be put in place: ", std::generic_category().message(errno));
  }
  staging_->release();
}

}  // namespace sotto

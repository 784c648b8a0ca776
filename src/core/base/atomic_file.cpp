#include "core/base/atomic_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <system_error>
#include <utility>

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
  FileDescriptor file(::fcntl(staging_->descriptor(), F_DUPFD_CLOEXEC, 0));
  if (file.value() < 0) refuse("cannot be written", errno);
  output_.emplace(std::move(file), shown_);
}

// Synced before it gets its name: a disk that runs full late is found while the old file is there,
// and after a power cut the name is the old file's or the whole new one's.
void AtomicFile::commit() {
  output_->sync();
  output_->close();
  if (std::rename(staging_->path().c_str(), target_.c_str()) != 0) {
    refuse("cannot be put in place", errno);
  }
  staging_->release();
}

void AtomicFile::refuse(const char* what, int error) const {
  fail(ErrorKind::io, shown_, ": ", what, ": ", std::generic_category().message(error));
}

}  // namespace sotto

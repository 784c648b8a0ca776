#include "core/base/target_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>

#include "core/base/error.h"
#include "core/base/locked_file.h"
#include "core/base/staging.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& path, int error) {
  fail(ErrorKind::io, path.string(),
       ": cannot be locked: ", std::generic_category().message(error));
}

FileDescriptor open_lock(const fs::path& path) {
  constexpr ::mode_t kReadWriteForAll = 0666;
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                             kReadWriteForAll));
  if (file.value() < 0) refuse(path, errno);
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) refuse(path, errno);
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorKind::io, path.string(), ": expected a file to lock, found something else");
  }
  return file;
}

/// Zero, or the error.
int lock(int descriptor, int mode) {
  while (::flock(descriptor, LOCK_EX | mode) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

TargetLock::TargetLock(const fs::path& target, const OnWait& on_wait) {
  const fs::path path = target.parent_path() / concat(sibling_name(target), ".lock");
  bool told = false;
  while (!file_) {
    FileDescriptor file = open_lock(path);
    int error = lock(file.value(), LOCK_NB);
    if (error == EWOULDBLOCK) {
      if (on_wait && !told) on_wait(target);
      told = true;
      error = lock(file.value(), 0);
    }
    if (error != 0) refuse(path, error);
    // Whoever had it has removed it since: the lock of that name is another file's now.
    if (names(path, file.value())) file_.emplace(std::move(file));
  }
  listed_.emplace(path);
}

// Removed before the lock ends, so that it is never another's that is removed.
TargetLock::~TargetLock() { listed_->remove(); }

}  // namespace sotto

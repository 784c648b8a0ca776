#include "core/base/target_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <new>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "core/base/locked_file.h"
#include "core/base/staging.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

struct LockName {
  const fs::path& target;
  fs::path path;

  [[noreturn]] void refuse(const std::string& reason) const {
    fail(ErrorKind::io, target.string(), ": cannot be locked with ", path.filename().string(),
         " beside it: ", reason);
  }
  [[noreturn]] void refuse(int error) const { refuse(std::generic_category().message(error)); }
};

struct OpenedLock {
  FileDescriptor file;
  bool is_ours;  ///< made by us
};

/// Makes the file, or opens the one that is there.
OpenedLock open_lock(const LockName& name) {
  constexpr ::mode_t kReadWriteForAll = 0666;
  constexpr int kFlags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
  const int made = ::open(name.path.c_str(), kFlags | O_EXCL, kReadWriteForAll);
  if (made >= 0) return {FileDescriptor(made), true};
  if (errno != EEXIST) name.refuse(errno);
  FileDescriptor file(::open(name.path.c_str(), kFlags, kReadWriteForAll));
  if (file.value() < 0) name.refuse(errno);
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) name.refuse(errno);
  if (!S_ISREG(status.st_mode)) name.refuse("expected a regular file, found something else");
  return {std::move(file), false};
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
  const LockName name{target, target.parent_path() / concat(sibling_name(target), ".lock")};
  bool told = false;
  while (!file_) {
    auto [file, is_ours] = open_lock(name);
    int error = lock(file.value(), LOCK_NB);
    if (error == EWOULDBLOCK) {
      if (on_wait && !told) on_wait();
      told = true;
      error = lock(file.value(), 0);
    }
    if (error != 0) {
      // Where nobody can lock anything, it is nobody's either.
      if (is_ours) ::unlink(name.path.c_str());
      name.refuse(error);
    }
    // Whoever had it has removed it since: the lock of that name is another file's now.
    if (names(name.path, file.value())) file_.emplace(std::move(file));
  }
  try {
    listed_.emplace(name.path);
  } catch (const std::bad_alloc&) {
    ::unlink(name.path.c_str());
    throw;
  }
}

// Removed before the lock ends, so that it is never another's that is removed.
TargetLock::~TargetLock() { listed_->remove(); }

}  // namespace sotto

#include "core/base/staging.h"

#include <cerrno>
#include <fcntl.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSuffixLetters = 6;
constexpr int kAttempts = 100;

std::string prefix_of(const fs::path& target) {
  return concat(".", target.filename().string(), ".sotto-");
}

std::string random_suffix() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::random_device device;
  std::uniform_int_distribution<std::size_t> letter(0, kLetters.size() - 1);
  std::string suffix;
  for (std::size_t i = 0; i < kSuffixLetters; ++i) suffix += kLetters[letter(device)];
  return suffix;
}

bool is_staging_name(const std::string& name, const std::string& prefix) {
  return name.size() == prefix.size() + kSuffixLetters && name.starts_with(prefix);
}

// Opens a file or folder and locks it; -1 when it is gone, or locked by somebody else.
int open_locked(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return -1;
  struct stat opened {};
  struct stat named {};
  // Between opening and locking, its owner may have removed or moved what the name stood for.
  const bool ours = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
                    ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
                    opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
  if (ours) return descriptor;
  ::close(descriptor);
  return -1;
}

void remove_leftovers(const fs::path& target) {
  const std::string prefix = prefix_of(target);
  std::error_code error;
  for (fs::directory_iterator entry(target.parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    if (!is_staging_name(entry->path().filename().string(), prefix)) continue;
    const int lock = open_locked(entry->path());
    if (lock < 0) continue;
    std::error_code ignored;  // what cannot be removed now is met again by the next
    fs::remove_all(entry->path(), ignored);
    ::close(lock);
  }
}

}  // namespace

Staging::Staging(const fs::path& target, Kind kind) {
  remove_leftovers(target);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const fs::path path = target.parent_path() / (prefix_of(target) + random_suffix());
    if (make(path, kind)) {
      lock_ = open_locked(path);
      if (lock_ >= 0) {
        path_ = path;
        return;
      }
    } else if (errno != EEXIST) {
      break;
    }
  }
  fail(ErrorKind::io, target.string(),
       ": cannot be written: ", std::generic_category().message(errno));
}

bool Staging::make(const fs::path& path, Kind kind) {
  if (kind == Kind::folder) return ::mkdir(path.c_str(), 0777) == 0;
  const int created = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (created < 0) return false;
  ::close(created);
  return true;
}

Staging::~Staging() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

fs::path resolve_target(const fs::path& path) {
  std::error_code error;
  fs::path resolved = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) fail(ErrorKind::io, path.string(), ": cannot be resolved: ", error.message());
  if (!resolved.has_filename()) resolved = resolved.parent_path();
  if (!resolved.has_filename()) {
    fail(ErrorKind::io, path.string(), ": cannot be replaced by something new");
  }
  return resolved;
}

}  // namespace sotto

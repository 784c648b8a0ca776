#include "core/base/staging.h"

#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr int kAttempts = 10;  // names that are taken, of two thousand million
constexpr std::string_view kLockEnding = ".lock";

[[noreturn]] void refuse(int error) { throw std::system_error(error, std::generic_category()); }

fs::path with_lock_ending(fs::path path) { return path += kLockEnding; }

// The sibling that a name in the target's folder is, or is the lock of; empty for other names.
std::string staged_by(std::string name, const std::string& prefix) {
  if (name.ends_with(kLockEnding)) name.resize(name.size() - kLockEnding.size());
  const bool ours = name.size() == prefix.size() + kRandomLetters && name.starts_with(prefix);
  return ours ? name : "";
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(fs::symlink_status(path, ignored));
}

// A folder whose lock is gone has no owner: the lock is made before it and removed after it.
void remove_leftover(const fs::path& sibling, const fs::path& entry) {
  const bool has_lock_file = entry != sibling || is_folder(sibling);
  const fs::path lock_path = has_lock_file ? with_lock_ending(sibling) : sibling;
  const LockAttempt lock = try_to_lock(lock_path);
  if (!lock.file && !(lock.error == ENOENT && is_folder(sibling))) return;
  Unfinished(sibling).remove();  // what cannot be removed now is met again by the next
  if (has_lock_file) Unfinished(lock_path).remove();
}

void remove_leftovers(const fs::path& target) {
  const std::string prefix = sibling_name(target) + "-";
  std::error_code error;
  for (fs::directory_iterator entry(target.parent_path(), error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string sibling = staged_by(entry->path().filename().string(), prefix);
    if (!sibling.empty()) remove_leftover(target.parent_path() / sibling, entry->path());
  }
}

}  // namespace

Staging::Staging(const fs::path& target, Kind kind) {
  remove_leftovers(target);
  int error = EEXIST;
  for (int i = 0; i < kAttempts && (error == EEXIST || error == EWOULDBLOCK); ++i) {
    try {
      make(target.parent_path() / concat(sibling_name(target), '-', random_letters()), kind);
      return;
    } catch (const std::system_error& failure) {
      error = failure.code().value();
    }
  }
  fail(ErrorKind::io, target.string(),
       ": cannot be written: ", std::generic_category().message(error));
}

void Staging::make(const fs::path& path, Kind kind) {
  lock_.emplace(kind == Kind::folder ? with_lock_ending(path) : path);
  if (kind == Kind::file) return;
  try {
    make_folder(path);
  } catch (const std::system_error&) {
    lock_.reset();
    throw;
  }
}

void Staging::make_folder(const fs::path& path) {
  folder_.emplace(path, [&] {
    if (::mkdir(path.c_str(), 0777) != 0) refuse(errno);
  });
  struct stat status {};
  int error = ::stat(path.c_str(), &status) != 0 ? errno : 0;
  permissions_ = status.st_mode & 07777U;
  if (error == 0 && (permissions_ & S_IRWXU) != S_IRWXU &&
      ::chmod(path.c_str(), permissions_ | S_IRWXU) != 0) {
    error = errno;
  }
  if (error == 0) return;
  folder_->remove();
  folder_.reset();
  refuse(error);
}

Staging::~Staging() {
  if (folder_) folder_->remove();
}

const fs::path& Staging::path() const { return folder_ ? folder_->path() : lock_->path(); }

void Staging::finish_folder() const {
  const FileDescriptor folder(::open(path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.value() < 0) refuse(errno);
  if (::fchmod(folder.value(), permissions_) != 0) refuse(errno);
  if (::fsync(folder.value()) != 0 && errno != EINVAL) refuse(errno);
}

void Staging::release() {
  if (folder_) {
    folder_.reset();
  } else {
    lock_->release();
  }
}

std::string sibling_name(const fs::path& target) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr int kDigitCount = 16;
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char letter : target.filename().string()) {
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3U;
  }
  std::string name = ".sotto-";
  for (int i = 0; i < kDigitCount; ++i, hash >>= 4U) name += kDigits[hash & 15U];
  return name;
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

#include "core/base/locked_file.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr ::mode_t kReadWriteForAll = 0666;  // the process's umask takes away what it should

[[noreturn]] void refuse(int error) { throw std::system_error(error, std::generic_category()); }

/// Zero, or the error.
int lock_at_once(int descriptor) {
  while (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

LockedFile::LockedFile(const fs::path& path) {
  listed_.emplace(path, [&] {
    const int created = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                               kReadWriteForAll);
    if (created < 0) refuse(errno);
    file_.emplace(created);
  });
  int error = lock_at_once(descriptor());
  // Before it was locked, somebody may have locked and removed it.
  if (error == 0 && !names(path, descriptor())) error = EWOULDBLOCK;
  if (error == 0) return;
  listed_->remove();
  refuse(error);
}

LockedFile::~LockedFile() {
  if (listed_) listed_->remove();
}

LockAttempt try_to_lock(const fs::path& path) {
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.value() < 0) return {std::nullopt, errno};
  const int error = lock_at_once(file.value());
  if (error != 0) return {std::nullopt, error};
  if (!names(path, file.value())) return {std::nullopt, EWOULDBLOCK};
  LockAttempt attempt;
  attempt.file.emplace(std::move(file));
  return attempt;
}

bool names(const fs::path& path, int descriptor) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

std::string random_letters() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::array<unsigned char, kRandomLetters> bytes{};
  // Not std::random_device, which would ask for a newer C library than boards have.
  if (::getentropy(bytes.data(), bytes.size()) != 0) refuse(errno);
  std::string letters;
  for (const unsigned char byte : bytes) letters += kLetters[byte % kLetters.size()];
  return letters;
}

}  // namespace sotto

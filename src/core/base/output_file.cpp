#include "core/base/output_file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "core/base/mapping_guard.h"

namespace sotto {
namespace {

constexpr ::mode_t kReadWriteForAll = 0666;  // the process's umask takes away what it should

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, std::string shown)
    : shown_(std::move(shown)),
      file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                   kReadWriteForAll)) {
  if (file_.value() < 0) {
    const int error = errno;
    fail(ErrorKind::io, shown_, ": cannot be created: ", std::generic_category().message(error));
  }
}

OutputFile::OutputFile(FileDescriptor file, std::string shown)
    : shown_(std::move(shown)), file_(std::move(file)) {}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(file_.value(), bytes.data(), bytes.size());
    if (written < 0) {
      const int error = errno;
      if (error == EINTR) continue;
      if (error == EFAULT) touch_guarded(bytes);
      fail_to_write(error);
    }
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

// Where files cannot be synced at all (EINVAL), nothing is known to be lost.
void OutputFile::sync() const {
  while (::fsync(file_.value()) != 0) {
    if (errno == EINVAL) return;
    if (errno != EINTR) fail_to_write(errno);
  }
}

void OutputFile::close() {
  const int result = ::close(file_.release());
  if (result != 0 && errno != EINTR) fail_to_write(errno);
}

void OutputFile::fail_to_write(int error) const {
  fail(ErrorKind::io, shown_, ": cannot be written: ", std::generic_category().message(error));
}

}  // namespace sotto

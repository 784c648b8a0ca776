#include "core/base/output_file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr ::mode_t kReadWriteForAll = 0666;  // the process's umask takes away what it should

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, std::string shown)
    : shown_(std::move(shown)),
      descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                         kReadWriteForAll)) {
  if (descriptor_ < 0) {
    fail(ErrorKind::io, shown_, ": cannot be created: ", std::generic_category().message(errno));
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ::ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail_to_write(errno);
    }
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void OutputFile::close() {
  const int result = ::close(std::exchange(descriptor_, -1));
  if (result != 0 && errno != EINTR) fail_to_write(errno);
}

void OutputFile::fail_to_write(int error) const {
  fail(ErrorKind::io, shown_, ": cannot be written: ", std::generic_category().message(error));
}

}  // namespace sotto

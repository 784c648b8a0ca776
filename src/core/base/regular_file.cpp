#include "core/base/regular_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto {

FileDescriptor::~FileDescriptor() {
  if (value_ >= 0) ::close(value_);
}

RegularFile open_regular_file(const std::filesystem::path& path) {
  // Without O_NONBLOCK a named pipe keeps the caller here until somebody writes into it; for a
  // regular file the flag changes nothing.
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.value() < 0) {
    const ErrorKind kind = errno == ENOENT ? ErrorKind::not_found : ErrorKind::io;
    fail(kind, path.string(), ": cannot be opened: ", std::generic_category().message(errno));
  }
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) {
    fail(ErrorKind::io, path.string(),
         ": cannot be examined: ", std::generic_category().message(errno));
  }
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorKind::io, path.string(), ": expected a file, found ",
         S_ISDIR(status.st_mode) ? "a folder" : "something that is no regular file");
  }
  return {std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

}  // namespace sotto

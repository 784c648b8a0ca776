#include "core/base/input_file.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kPieceBytes = 65536;

std::string system_message(int error) { return std::generic_category().message(error); }

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder == nullptr || *folder == '\0' ? "/tmp" : folder;
}

/// Copies `name`, read from a descriptor, into a file of a folder.
struct Spooling {
  const std::string& name;
  std::string folder;

  [[nodiscard]] FileDescriptor make_file() const {
    std::string path = folder + "/sotto-input-XXXXXX";
    FileDescriptor file(::mkostemp(path.data(), O_CLOEXEC));
    if (file.value() < 0) refuse(errno);
    ::unlink(path.c_str());
    return file;
  }

  void write(int target, std::span<const std::byte> bytes) const {
    while (!bytes.empty()) {
      const ::ssize_t written = ::write(target, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) refuse(errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  [[noreturn]] void refuse(int error) const {
    fail(ErrorKind::io, name, ": cannot be kept in the temporary folder ", folder, ": ",
         system_message(error));
  }
};

/// What read(2) gives, but for interruptions: the number of bytes, or −1 with errno.
::ssize_t read_some(int descriptor, std::span<std::byte> room) {
  ::ssize_t count = -1;
  do {
    count = ::read(descriptor, room.data(), room.size());
  } while (count < 0 && errno == EINTR);
  return count;
}

[[noreturn]] void refuse_to_read(const std::string& name, int error) {
  fail(ErrorKind::io, name, ": cannot be read: ", system_message(error));
}

/// Some bytes of a pipe, none at its end.
std::span<const std::byte> next_piece(int descriptor, std::span<std::byte> room,
                                      const std::string& name) {
  const ::ssize_t count = read_some(descriptor, room);
  if (count < 0) refuse_to_read(name, errno);
  return room.first(static_cast<std::size_t>(count));
}

/// A named pipe, opened without waiting for a writer: the system would wait forever. Until there
/// was one, "no bytes" does not mean the end.
class NamedPipe {
 public:
  NamedPipe(int descriptor, const std::string& name) : descriptor_(descriptor), name_(name) {}

  std::span<const std::byte> next(std::span<std::byte> room) {
    const auto patience = std::chrono::steady_clock::now() + kPatience;
    while (true) {
      const ::ssize_t count = read_some(descriptor_, room);
      has_writer_ |= count > 0 || (count < 0 && errno == EAGAIN);
      if (count > 0 || (count == 0 && has_writer_)) {
        return room.first(static_cast<std::size_t>(count));
      }
      if (count < 0 && errno != EAGAIN) refuse_to_read(name_, errno);
      if (!has_writer_ && std::chrono::steady_clock::now() > patience) {
        fail(ErrorKind::io, name_, ": expected a pipe that somebody writes into, found nobody for ",
             kPatience.count(), " seconds");
      }
      wait();
    }
  }

 private:
  static constexpr std::chrono::seconds kPatience{10};

  // Until there are bytes, the last writer has gone, or a short time has passed.
  void wait() {
    constexpr int kMilliseconds = 100;
    ::pollfd waiting{descriptor_, POLLIN, 0};
    if (::poll(&waiting, 1, kMilliseconds) > 0) has_writer_ = true;
  }

  int descriptor_;
  const std::string& name_;
  bool has_writer_ = false;
};

bool is_named_pipe(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

/// All that `next(room)` gives, in a file of the temporary folder.
template <class Next>
RegularFile spooled(const std::string& name, Next next) {
  const Spooling spooling{name, temporary_folder()};
  RegularFile file{spooling.make_file(), 0};
  std::array<std::byte, kPieceBytes> room;
  while (true) {
    const std::span<const std::byte> piece = next(room);
    if (piece.empty()) return file;
    spooling.write(file.descriptor.value(), piece);
    file.size += piece.size();
  }
}

}  // namespace

InputFile::InputFile(RegularFile file, std::string name)
    : file_(std::move(file)), name_(std::move(name)) {}

std::shared_ptr<const InputFile> InputFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const InputFile>(new InputFile(open_regular_file(path), path.string()));
}

std::shared_ptr<const InputFile> InputFile::open_or_spool(const std::filesystem::path& path) {
  if (!is_named_pipe(path)) return open(path);
  std::string name = path.string();
  const FileDescriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.value() < 0) {
    fail(ErrorKind::io, name, ": cannot be opened: ", system_message(errno));
  }
  NamedPipe pipe(descriptor.value(), name);
  RegularFile file = spooled(name, [&](std::span<std::byte> room) { return pipe.next(room); });
  return std::shared_ptr<const InputFile>(new InputFile(std::move(file), std::move(name)));
}

std::shared_ptr<const InputFile> InputFile::spool(int descriptor, std::string name) {
  RegularFile file =
      spooled(name, [&](std::span<std::byte> room) { return next_piece(descriptor, room, name); });
  return std::shared_ptr<const InputFile>(new InputFile(std::move(file), std::move(name)));
}

std::size_t InputFile::read(std::uint64_t position, std::span<std::byte> out) const {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const ::ssize_t count = ::pread(file_.descriptor.value(), out.data() + filled,
                                    out.size() - filled, static_cast<::off_t>(position + filled));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(ErrorKind::io, name_, ": cannot be read: ", system_message(errno));
    if (count == 0) {
      if (position + filled >= file_.size) break;
      fail(ErrorKind::io, name_, ": expected the ", file_.size,
           " bytes that it had when it was opened, found it cut short: it has changed since");
    }
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace sotto

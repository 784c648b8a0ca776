#include "core/base/input_file.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
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

/// Some bytes of a pipe, none at its end.
std::span<const std::byte> next_piece(int descriptor, std::span<std::byte> room,
                                      const std::string& name) {
  ::ssize_t count = -1;
  do {
    count = ::read(descriptor, room.data(), room.size());
  } while (count < 0 && errno == EINTR);
  if (count < 0) fail(ErrorKind::io, name, ": cannot be read: ", system_message(errno));
  return room.first(static_cast<std::size_t>(count));
}

}  // namespace

InputFile::InputFile(RegularFile file, std::string name)
    : file_(std::move(file)), name_(std::move(name)) {}

std::shared_ptr<const InputFile> InputFile::open(const std::filesystem::path& path) {
  return std::shared_ptr<const InputFile>(new InputFile(open_regular_file(path), path.string()));
}

std::shared_ptr<const InputFile> InputFile::spool(int descriptor, std::string name) {
  const Spooling spooling{name, temporary_folder()};
  RegularFile file{spooling.make_file(), 0};
  std::array<std::byte, kPieceBytes> room;
  while (true) {
    const std::span<const std::byte> piece = next_piece(descriptor, room, name);
    if (piece.empty()) break;
    spooling.write(file.descriptor.value(), piece);
    file.size += piece.size();
  }
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
           " bytes that it had when it was opened, found it cut short");
    }
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

}  // namespace sotto

#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>

namespace sotto {

/// Owns a descriptor of the operating system.
class FileDescriptor {
 public:
  explicit FileDescriptor(int value) : value_(value) {}
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor();

  [[nodiscard]] int value() const { return value_; }
  /// Leaves it to the caller to close.
  [[nodiscard]] int release() { return std::exchange(value_, -1); }

 private:
  int value_;
};

struct RegularFile {
  FileDescriptor descriptor;
  std::uint64_t size;  ///< in bytes, when it was opened
};

/// Opens a file for reading. Throws not_found, or io when `path` is no readable regular file; what
/// is none (a pipe, a device) is refused at once, whether or not anybody writes into it.
[[nodiscard]] RegularFile open_regular_file(const std::filesystem::path& path);

}  // namespace sotto

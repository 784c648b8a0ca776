#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/byte_sink.h"
#include "core/base/regular_file.h"

namespace sotto {

/// A file that is written from front to back.
class OutputFile : public ByteSink {
 public:
  /// Creates or empties `path`. Messages call the file `shown`, for users know a file by the name
  /// that it will have in the end. Throws io.
  OutputFile(const std::filesystem::path& path, std::string shown);

  /// Writes to what is open there already.
  OutputFile(FileDescriptor file, std::string shown);

  /// Bytes that lie in a mapped file which has been cut short are refused, or end the program as
  /// guard_mappings() says.
  void write(std::span<const std::byte> bytes) override;

  /// Bytes written so far.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Waits until the disk has it: from then on neither a power cut nor an error that the system
  /// tells late can take away what was written. Throws io.
  void sync() const;

  /// Hands the file to the operating system; some file systems tell only now that they are full.
  /// Nothing can be written afterwards.
  void close();

 private:
  [[noreturn]] void fail_to_write(int error) const;

  std::string shown_;
  FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace sotto

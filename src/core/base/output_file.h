#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "core/base/byte_sink.h"

namespace sotto {

/// A file that is written from front to back.
class OutputFile : public ByteSink {
 public:
  /// Creates or empties `path`. Messages call the file `shown`, for users know a file by the name
  /// that it will have in the end. Throws io.
  OutputFile(const std::filesystem::path& path, std::string shown);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const std::byte> bytes) override;

  /// Bytes written so far.
  [[nodiscard]] std::uint64_t size() const { return size_; }

  /// Hands the file to the operating system; some file systems tell only now that they are full.
  /// Nothing can be written afterwards.
  void close();

 private:
  [[noreturn]] void fail_to_write(int error) const;

  std::string shown_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace sotto

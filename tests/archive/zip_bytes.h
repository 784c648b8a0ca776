#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sotto::test {

/// One file of a zip archive to be made, and the lies that it may tell about itself.
struct ZipFile {
  std::string name;
  std::string content;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
  std::size_t padding = 0;           ///< bytes of extra field in the local header
  std::uint32_t checksum_error = 0;  ///< xor into the directory's CRC-32
  std::int64_t size_error = 0;       ///< added to the directory's sizes
  std::int64_t header_error = 0;     ///< added to the directory's position of the local header
  std::string local_name = {};       ///< in the local header, where it differs
};

/// A zip archive, written independently of the one in src/. With zip64 the end record's and the
/// entries' numbers stand in zip64 records.
struct ZipBytes {
  std::vector<ZipFile> files;
  bool zip64 = false;
  std::string comment;
  std::int64_t directory_error = 0;  ///< added to the directory's position
  std::int64_t count_error = 0;      ///< added to the number of entries

  [[nodiscard]] std::string make() const;
};

/// Little-endian bytes of the low `size` bytes of a number.
[[nodiscard]] std::string little_endian(std::uint64_t value, int size);

/// Text as bytes that live as long as it does.
[[nodiscard]] std::span<const std::byte> bytes_of(const std::string& text);

}  // namespace sotto::test

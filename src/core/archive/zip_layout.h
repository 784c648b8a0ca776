#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace sotto {

/// An entry of an archive as Sotto lays it out, without its content.
struct ZipPlace {
  std::string name;
  std::uint64_t size = 0;
  std::uint64_t header = 0;  ///< position of the local header
  std::uint32_t crc32 = 0;   ///< of the content
};

/// Data begin at multiples of it, by means of an extra field in the local headers.
inline constexpr std::size_t kZipAlignment = 64;

/// Where the CRC-32 stands in a local header.
inline constexpr std::size_t kZipCrc32Offset = 14;

/// The local header of an entry, which its content follows. STORED, with the date 1980-01-01, and
/// in zip64 where its size needs that.
[[nodiscard]] std::string zip_header(const ZipPlace& place);

/// What stands behind the last content, at `position`: the central directory, the zip64 records
/// where a number needs them, and the end record.
[[nodiscard]] std::string zip_directory(std::span<const ZipPlace> places, std::uint64_t position);

/// The checksum of zip archives, of bytes that follow those whose checksum is `before`.
[[nodiscard]] std::uint32_t zip_crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace sotto

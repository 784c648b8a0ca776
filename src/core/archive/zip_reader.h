#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sotto {

/// One file of a zip archive, as its central directory describes it.
struct ZipEntry {
  std::string_view name;  ///< points into the archive
  std::uint64_t size = 0;
  std::uint32_t crc32 = 0;
  std::uint16_t method = 0;          ///< 0 is STORED
  std::uint64_t header = 0;          ///< position of the local header
  std::uint64_t end = 0;             ///< where the next entry, or the central directory, begins
  std::uint64_t crc32_position = 0;  ///< of the checksum in the central directory
};

/// Reads zip archives (PKWARE's APPNOTE, zip64 included) that keep their files uncompressed, as
/// PyTorch writes them. The archive is untrusted: every position and length is checked, and
/// encrypted, split or self-contradicting archives, entries that overlap and names that occur
/// twice are refused. Nothing is ever decompressed or copied.
class ZipReader {
 public:
  /// Reads the directory of an archive. `source` names the file in messages. The bytes must
  /// outlive the reader and all that it gives. Throws format or unsupported.
  ZipReader(std::span<const std::byte> bytes, std::string source);

  /// In the order of the central directory.
  [[nodiscard]] std::span<const ZipEntry> entries() const { return entries_; }

  /// Null when there is no entry of this name.
  [[nodiscard]] const ZipEntry* find(std::string_view name) const;

  /// The content of an entry; touches no page of it but the local header's. Throws unsupported for
  /// a compressed entry, format when the local header contradicts the directory.
  [[nodiscard]] std::span<const std::byte> content(const ZipEntry& entry) const;

  /// The same, its CRC-32 checked; reads every byte.
  [[nodiscard]] std::span<const std::byte> checked_content(const ZipEntry& entry) const;

 private:
  struct Directory {
    std::uint64_t position, bytes, entries;
  };
  [[nodiscard]] std::size_t find_end_record() const;
  [[nodiscard]] Directory locate_directory() const;
  [[nodiscard]] Directory read_zip64(std::size_t locator, const Directory& plain) const;
  void read_directory(const Directory& directory);
  void find_ends(std::uint64_t directory_position);

  std::span<const std::byte> bytes_;
  std::string source_;
  std::vector<ZipEntry> entries_;
  std::unordered_map<std::string_view, std::size_t> by_name_;
};

}  // namespace sotto

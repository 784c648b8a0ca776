#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/archive/zip_layout.h"
#include "core/base/byte_sink.h"

namespace sotto {

/// What an entry of an archive holds: its size, and a function that writes any part of it.
struct ZipContent {
  std::uint64_t size = 0;
  /// Fills `out` with the bytes from `offset` on. Called in order; twice for content of more than
  /// one chunk, and must give the same both times.
  std::function<void(std::uint64_t offset, std::span<std::byte> out)> read;
};

/// Writes a zip archive (PKWARE's APPNOTE) as PyTorch lays it out: STORED entries whose data begin
/// at multiples of 64 bytes, by means of an extra field in their headers. Zip64 records appear only
/// where a number needs them. The same entries give the same bytes: every date is 1980-01-01.
///
/// Headers are complete and come first, so that any reader is content: content larger than one
/// chunk is read twice, once for its CRC-32. The sink is written from front to back, and memory
/// does not grow with the content.
class ZipWriter {
 public:
  static constexpr std::size_t kChunkBytes = 1 << 20;  ///< read and written at once; fits in L2

  /// The sink must outlive the writer.
  explicit ZipWriter(ByteSink& sink) : sink_(sink) {}

  /// Names are relative paths with '/', and different. Throws internal for a name over 65535 bytes.
  void add(const std::string& name, const ZipContent& content);
  void add(const std::string& name, std::string_view content);

  /// Writes the directory. Nothing can be added afterwards.
  void finish();

 private:
  std::span<const std::byte> read_chunk(const ZipContent& content, std::uint64_t offset);
  std::uint32_t checksum(const ZipContent& content);
  void put(std::string_view bytes);

  ByteSink& sink_;
  std::uint64_t position_ = 0;
  std::vector<ZipPlace> places_;
  std::vector<std::byte> chunk_;
};

}  // namespace sotto

#include "core/archive/zip_writer.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/base/error.h"

namespace sotto {

void ZipWriter::add(const std::string& name, const ZipContent& content) {
  if (name.size() >= std::numeric_limits<std::uint16_t>::max())
    fail(ErrorKind::internal, "a zip entry's name is too long");
  // A single chunk stays in the buffer from the checksum to the write.
  const bool single = content.size <= kChunkBytes;
  const ZipPlace place{name, content.size, position_, checksum(content)};
  put(zip_header(place));
  for (std::uint64_t offset = 0; offset < content.size; offset += kChunkBytes) {
    sink_.write(single ? std::span<const std::byte>(chunk_).first(content.size)
                       : read_chunk(content, offset));
  }
  position_ += content.size;
  places_.push_back(place);
}

void ZipWriter::add(const std::string& name, std::string_view content) {
  add(name, ZipContent{content.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
                         std::memcpy(out.data(), content.data() + offset, out.size());
                       }});
}

std::span<const std::byte> ZipWriter::read_chunk(const ZipContent& content, std::uint64_t offset) {
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, content.size - offset));
  if (chunk_.size() < size) chunk_.resize(size);
  const auto chunk = std::span(chunk_).first(size);
  content.read(offset, chunk);
  return chunk;
}

std::uint32_t ZipWriter::checksum(const ZipContent& content) {
  std::uint32_t crc = 0;
  for (std::uint64_t offset = 0; offset < content.size; offset += kChunkBytes) {
    crc = zip_crc32(read_chunk(content, offset), crc);
  }
  return crc;
}

void ZipWriter::finish() { put(zip_directory(places_, position_)); }

void ZipWriter::put(std::string_view bytes) {
  sink_.write_text(bytes);
  position_ += bytes.size();
}

}  // namespace sotto

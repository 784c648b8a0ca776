#include "core/archive/zip_writer.h"

#include <algorithm>
#include <concepts>
#include <cstring>
#include <libdeflate.h>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kEndRecord = 0x06054b50;
constexpr std::uint32_t kZip64Locator = 0x07064b50;
constexpr std::uint32_t kZip64EndRecord = 0x06064b50;

constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kZip64Version = 45;
constexpr std::uint16_t kUtf8Names = 1 << 11;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kMidnight = 0;
constexpr std::uint16_t kFirstDate = (1 << 5) | 1;  // 1980-01-01

constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint16_t kPaddingExtra = 0x4246;  // "FB": what PyTorch pads with
constexpr std::size_t kExtraHeaderBytes = 4;

// A number that does not fit a field stands in a zip64 record, and the field is all ones.
constexpr std::uint32_t kElsewhere32 = 0xffffffff;
constexpr std::uint16_t kElsewhere16 = 0xffff;

constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::uint64_t kZip64EndRecordRest = 44;  // its bytes after its own size field

bool needs_zip64(std::uint64_t number) { return number >= kElsewhere32; }

std::uint32_t field32(std::uint64_t number) {
  return needs_zip64(number) ? kElsewhere32 : static_cast<std::uint32_t>(number);
}

// A record in the making: little-endian numbers one after the other.
class Record {
 public:
  template <std::unsigned_integral Number>
  Record& number(Number value) {
    for (std::size_t i = 0; i < sizeof value; ++i) {
      bytes_ += static_cast<char>((std::uint64_t{value} >> (8 * i)) & 0xff);
    }
    return *this;
  }
  Record& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The zip64 extra field of those of the numbers that need it; empty when none does.
std::string zip64_extra(std::initializer_list<std::uint64_t> numbers) {
  Record fields;
  for (const std::uint64_t number : numbers) {
    if (needs_zip64(number)) fields.number(number);
  }
  if (fields.bytes().empty()) return {};
  const auto size = static_cast<std::uint16_t>(fields.bytes().size());
  return Record().number(kZip64Extra).number(size).text(fields.bytes()).bytes();
}

// An extra field that moves what follows `position` to the next multiple of the alignment.
std::string padding_extra(std::uint64_t position) {
  const std::uint64_t rest = (position + kExtraHeaderBytes) % ZipWriter::kAlignment;
  const auto padding =
      static_cast<std::uint16_t>((ZipWriter::kAlignment - rest) % ZipWriter::kAlignment);
  return Record().number(kPaddingExtra).number(padding).text(std::string(padding, 'Z')).bytes();
}

// What local header and directory entry share, from the version that a reader needs on.
void put_common(Record& record, const std::string& name, std::uint64_t size, std::uint32_t crc32,
                std::uint16_t version) {
  record.number(version).number(kUtf8Names).number(kStored).number(kMidnight).number(kFirstDate);
  record.number(crc32).number(field32(size)).number(field32(size));
  record.number(static_cast<std::uint16_t>(name.size()));
}

}  // namespace

void ZipWriter::add(const std::string& name, const ZipContent& content) {
  if (name.size() >= kElsewhere16) fail(ErrorKind::internal, "a zip entry's name is too long");
  // A single chunk stays in the buffer from the checksum to the write.
  const bool single = content.size <= kChunkBytes;
  const Entry entry{name, content.size, position_, checksum(content)};
  write_header(entry);
  for (std::uint64_t offset = 0; offset < content.size; offset += kChunkBytes) {
    sink_.write(single ? std::span<const std::byte>(chunk_).first(content.size)
                       : read_chunk(content, offset));
  }
  position_ += content.size;
  entries_.push_back(entry);
}

void ZipWriter::add(const std::string& name, std::string_view content) {
  add(name, ZipContent{content.size(), [&](std::uint64_t offset, std::span<std::byte> out) {
                         std::memcpy(out.data(), content.data() + offset, out.size());
                       }});
}

std::span<const std::byte> ZipWriter::read_chunk(const ZipContent& content, std::uint64_t offset) {
  const auto size =
      static_cast<std::size_t>(std::min<std::uint64_t>(kChunkBytes, content.size - offset));
  if (chunk_.empty()) chunk_.resize(kChunkBytes);
  const auto chunk = std::span(chunk_).first(size);
  content.read(offset, chunk);
  return chunk;
}

std::uint32_t ZipWriter::checksum(const ZipContent& content) {
  std::uint32_t crc = 0;
  for (std::uint64_t offset = 0; offset < content.size; offset += kChunkBytes) {
    const auto chunk = read_chunk(content, offset);
    crc = libdeflate_crc32(crc, chunk.data(), chunk.size());
  }
  return crc;
}

void ZipWriter::write_header(const Entry& entry) {
  // A local header must give both sizes in the extra field when either stands there.
  std::string extra = zip64_extra({entry.size, entry.size});
  const std::uint16_t version = extra.empty() ? kVersion : kZip64Version;
  extra += padding_extra(position_ + kLocalHeaderBytes + entry.name.size() + extra.size());
  Record header;
  header.number(kLocalHeader);
  put_common(header, entry.name, entry.size, entry.crc32, version);
  header.number(static_cast<std::uint16_t>(extra.size())).text(entry.name).text(extra);
  put(header.bytes());
}

void ZipWriter::finish() {
  const std::uint64_t start = position_;
  for (const Entry& entry : entries_) {
    const std::string extra = zip64_extra({entry.size, entry.size, entry.header});
    const std::uint16_t version = extra.empty() ? kVersion : kZip64Version;
    Record record;
    record.number(kDirectoryEntry).number(version);
    put_common(record, entry.name, entry.size, entry.crc32, version);
    record.number(static_cast<std::uint16_t>(extra.size()));
    record.text(std::string(10, '\0'));  // comment length, disk, attributes
    record.number(field32(entry.header)).text(entry.name).text(extra);
    put(record.bytes());
  }
  const std::uint64_t end = position_;
  const std::uint64_t count = entries_.size();
  const bool many = count >= kElsewhere16;
  if (many || needs_zip64(end - start) || needs_zip64(start)) {
    Record record;
    record.number(kZip64EndRecord).number(kZip64EndRecordRest);
    record.number(kZip64Version).number(kZip64Version).number(std::uint64_t{0});  // both disks
    record.number(count).number(count).number(end - start).number(start);
    record.number(kZip64Locator).number(std::uint32_t{0}).number(end).number(std::uint32_t{1});
    put(record.bytes());
  }
  const std::uint16_t count16 = many ? kElsewhere16 : static_cast<std::uint16_t>(count);
  Record record;
  record.number(kEndRecord).number(std::uint32_t{0});  // both disks
  record.number(count16).number(count16).number(field32(end - start)).number(field32(start));
  record.number(std::uint16_t{0});  // comment length
  put(record.bytes());
}

void ZipWriter::put(std::string_view bytes) {
  sink_.write_text(bytes);
  position_ += bytes.size();
}

}  // namespace sotto

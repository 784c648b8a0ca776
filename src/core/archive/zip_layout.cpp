#include "core/archive/zip_layout.h"

#include <concepts>
#include <libdeflate.h>
#include <string_view>

#include "core/archive/zip_format.h"

namespace sotto {
namespace {

using namespace zip;

constexpr std::uint16_t kVersion = 20;
constexpr std::uint16_t kZip64Version = 45;
constexpr std::uint16_t kUtf8Names = 1 << 11;
constexpr std::uint16_t kStored = 0;
constexpr std::uint16_t kMidnight = 0;
constexpr std::uint16_t kFirstDate = (1 << 5) | 1;  // 1980-01-01

constexpr std::uint16_t kPaddingExtra = 0x4246;  // "FB": what PyTorch pads with
constexpr std::size_t kExtraHeaderBytes = 4;

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
  const std::uint64_t rest = (position + kExtraHeaderBytes) % kZipAlignment;
  const auto padding = static_cast<std::uint16_t>((kZipAlignment - rest) % kZipAlignment);
  return Record().number(kPaddingExtra).number(padding).text(std::string(padding, 'Z')).bytes();
}

// What local header and directory entry share, from the version that a reader needs on.
void put_common(Record& record, const ZipPlace& place, std::uint16_t version) {
  record.number(version).number(kUtf8Names).number(kStored).number(kMidnight).number(kFirstDate);
  record.number(place.crc32).number(field32(place.size)).number(field32(place.size));
  record.number(static_cast<std::uint16_t>(place.name.size()));
}

std::string directory_entry(const ZipPlace& place) {
  const std::string extra = zip64_extra({place.size, place.size, place.header});
  const std::uint16_t version = extra.empty() ? kVersion : kZip64Version;
  Record record;
  record.number(kDirectoryEntry).number(version);
  put_common(record, place, version);
  record.number(static_cast<std::uint16_t>(extra.size()));
  record.text(std::string(10, '\0'));  // comment length, disk, attributes
  record.number(field32(place.header)).text(place.name).text(extra);
  return record.bytes();
}

}  // namespace

std::string zip_header(const ZipPlace& place) {
  // A local header must give both sizes in the extra field when either stands there.
  std::string extra = zip64_extra({place.size, place.size});
  const std::uint16_t version = extra.empty() ? kVersion : kZip64Version;
  extra += padding_extra(place.header + kLocalHeaderBytes + place.name.size() + extra.size());
  Record header;
  header.number(kLocalHeader);
  put_common(header, place, version);
  header.number(static_cast<std::uint16_t>(extra.size())).text(place.name).text(extra);
  return header.bytes();
}

std::string zip_directory(std::span<const ZipPlace> places, std::uint64_t position) {
  std::string directory;
  for (const ZipPlace& place : places) directory += directory_entry(place);
  const std::uint64_t size = directory.size();
  const std::uint64_t count = places.size();
  const bool many = count >= kElsewhere16;
  Record record;
  if (many || needs_zip64(size) || needs_zip64(position)) {
    record.number(kZip64EndRecord).number(kZip64EndRecordRest);
    record.number(kZip64Version).number(kZip64Version).number(std::uint64_t{0});  // both disks
    record.number(count).number(count).number(size).number(position);
    record.number(kZip64Locator).number(std::uint32_t{0}).number(position + size);
    record.number(std::uint32_t{1});
  }
  const std::uint16_t count16 = many ? kElsewhere16 : static_cast<std::uint16_t>(count);
  record.number(kEndRecord).number(std::uint32_t{0});  // both disks
  record.number(count16).number(count16).number(field32(size)).number(field32(position));
  record.number(std::uint16_t{0});  // comment length
  return directory + record.bytes();
}

std::uint32_t zip_crc32(std::span<const std::byte> bytes, std::uint32_t before) {
  return libdeflate_crc32(before, bytes.data(), bytes.size());
}

}  // namespace sotto

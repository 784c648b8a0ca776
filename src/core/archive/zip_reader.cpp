#include "core/archive/zip_reader.h"

#include <algorithm>
#include <libdeflate.h>
#include <numeric>
#include <utility>

#include "core/archive/byte_reader.h"
#include "core/archive/printable.h"
#include "core/archive/zip_format.h"
#include "core/base/error.h"

namespace sotto {
namespace {

using namespace zip;

constexpr std::size_t kEndRecordBytes = 22;
constexpr std::size_t kLocatorBytes = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint64_t kDirectoryEntryBytes = 46;

constexpr std::uint16_t kEncrypted = 1;
constexpr std::size_t kMostEntries = 1 << 16;

std::uint32_t number_at(std::span<const std::byte> bytes, std::size_t position) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::to_integer<std::uint32_t>(bytes[position + i]) << (8 * i);
  }
  return value;
}

// Replaces the fields that the 32-bit ones mark as standing elsewhere, in the format's fixed order.
void read_zip64_extra(std::span<const std::byte> extra, const std::string& source,
                      std::initializer_list<std::uint64_t*> fields) {
  ByteReader reader(extra, source);
  while (reader.remaining() >= 4) {
    const auto id = reader.take_number<std::uint16_t>("an extra field");
    const auto size = reader.take_number<std::uint16_t>("an extra field");
    const auto body = reader.take(size, "an extra field");
    if (id != kZip64Extra) continue;
    ByteReader numbers(body, source);
    for (std::uint64_t* field : fields) {
      if (*field == kElsewhere32) *field = numbers.take_number<std::uint64_t>("a zip64 field");
    }
    return;
  }
}

struct DirectoryEntry {
  ZipEntry entry;
  std::uint64_t compressed = 0;
  std::uint16_t flags = 0;
};

DirectoryEntry read_entry(ByteReader& reader, std::uint64_t base, const std::string& source) {
  constexpr std::string_view kWhat = "the zip directory";
  if (reader.take_number<std::uint32_t>(kWhat) != kDirectoryEntry) {
    fail(ErrorKind::format, source, ": expected an entry of the zip directory at byte ",
         base + reader.position() - 4, ", found something else");
  }
  DirectoryEntry read;
  ZipEntry& entry = read.entry;
  reader.take(4, kWhat);  // versions
  read.flags = reader.take_number<std::uint16_t>(kWhat);
  entry.method = reader.take_number<std::uint16_t>(kWhat);
  reader.take(4, kWhat);  // time and date
  entry.crc32_position = base + reader.position();
  entry.crc32 = reader.take_number<std::uint32_t>(kWhat);
  read.compressed = reader.take_number<std::uint32_t>(kWhat);
  entry.size = reader.take_number<std::uint32_t>(kWhat);
  const auto name_bytes = reader.take_number<std::uint16_t>(kWhat);
  const auto extra_bytes = reader.take_number<std::uint16_t>(kWhat);
  const auto comment_bytes = reader.take_number<std::uint16_t>(kWhat);
  reader.take(8, kWhat);  // disk and attributes
  entry.header = reader.take_number<std::uint32_t>(kWhat);
  entry.name = reader.take_text(name_bytes, kWhat);
  const auto extra = reader.take(extra_bytes, kWhat);
  reader.take(comment_bytes, kWhat);
  read_zip64_extra(extra, source, {&entry.size, &read.compressed, &entry.header});
  return read;
}

void check_entry(const DirectoryEntry& read, const std::string& source) {
  const ZipEntry& entry = read.entry;
  if (read.flags & kEncrypted) {
    fail(ErrorKind::unsupported, source, ": expected readable entries, found that ",
         printable(entry.name), " is encrypted");
  }
  if (entry.method == 0 && read.compressed != entry.size) {
    fail(ErrorKind::format, source, ": the stored entry ", printable(entry.name),
         " has two different sizes, ", read.compressed, " and ", entry.size);
  }
}

}  // namespace

ZipReader::ZipReader(std::span<const std::byte> bytes, std::string source)
    : bytes_(bytes), source_(std::move(source)) {
  const Directory directory = locate_directory();
  read_directory(directory);
  find_ends(directory.position);
}

const ZipEntry* ZipReader::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &entries_[found->second];
}

std::span<const std::byte> ZipReader::content(const ZipEntry& entry) const {
  if (entry.method != 0) {
    fail(ErrorKind::unsupported, source_, ": expected the entry ", printable(entry.name),
         " to be stored, found it compressed (method ", entry.method, ")");
  }
  // find_ends() has seen to it that header and end lie in the file, in this order.
  const auto room = static_cast<std::size_t>(entry.end - entry.header);
  ByteReader reader(bytes_.subspan(static_cast<std::size_t>(entry.header), room), source_);
  constexpr std::string_view kWhat = "a zip entry's header";
  const auto signature = reader.take_number<std::uint32_t>(kWhat);
  reader.take(22, kWhat);  // repeated from the directory
  const auto name_bytes = reader.take_number<std::uint16_t>(kWhat);
  const auto extra_bytes = reader.take_number<std::uint16_t>(kWhat);
  if (signature != kLocalHeader || reader.take_text(name_bytes, kWhat) != entry.name) {
    fail(ErrorKind::format, source_, ": expected the header of ", printable(entry.name),
         " at byte ", entry.header, ", found something else");
  }
  reader.take(extra_bytes, kWhat);
  return reader.take(entry.size, "a zip entry");
}

std::span<const std::byte> ZipReader::checked_content(const ZipEntry& entry) const {
  const auto bytes = content(entry);
  if (libdeflate_crc32(0, bytes.data(), bytes.size()) != entry.crc32) {
    fail(ErrorKind::format, source_, ": the entry ", printable(entry.name),
         " does not match its checksum, the file is damaged");
  }
  return bytes;
}

// The record stands at the very end, but for a comment whose length it states.
std::size_t ZipReader::find_end_record() const {
  if (bytes_.size() >= kEndRecordBytes) {
    const std::size_t last = bytes_.size() - kEndRecordBytes;
    const std::size_t first = last > kLongestComment ? last - kLongestComment : 0;
    for (std::size_t position = last + 1; position-- > first;) {
      if (number_at(bytes_, position) != kEndRecord) continue;
      const std::size_t comment = number_at(bytes_, position + 18) >> 16;
      if (position + kEndRecordBytes + comment == bytes_.size()) return position;
    }
  }
  if (bytes_.size() >= 4 && number_at(bytes_, 0) == kLocalHeader) {
    fail(ErrorKind::format, source_,
         ": expected a zip archive with a directory at its end, found none; the file is cut short");
  }
  fail(ErrorKind::format, source_, ": expected a zip archive, found ", bytes_.size(),
       " bytes of something else");
}

ZipReader::Directory ZipReader::locate_directory() const {
  constexpr std::string_view kWhat = "the zip end record";
  const std::size_t position = find_end_record();
  ByteReader reader(bytes_.subspan(position), source_);
  reader.take(4, kWhat);
  const auto disk = reader.take_number<std::uint16_t>(kWhat);
  const auto directory_disk = reader.take_number<std::uint16_t>(kWhat);
  const auto disk_entries = reader.take_number<std::uint16_t>(kWhat);
  Directory directory{};
  directory.entries = reader.take_number<std::uint16_t>(kWhat);
  directory.bytes = reader.take_number<std::uint32_t>(kWhat);
  directory.position = reader.take_number<std::uint32_t>(kWhat);
  if (disk != directory_disk || disk_entries != directory.entries ||
      (disk != 0 && disk != kElsewhere16)) {
    fail(ErrorKind::unsupported, source_,
         ": expected a zip archive in one piece, found a split one");
  }
  std::size_t limit = position;
  const bool has_locator =
      position >= kLocatorBytes && number_at(bytes_, position - kLocatorBytes) == kZip64Locator;
  if (has_locator) {
    limit = position - kLocatorBytes;
    directory = read_zip64(limit, directory);
  }
  if (directory.position > limit || directory.bytes > limit - directory.position ||
      directory.entries > directory.bytes / kDirectoryEntryBytes ||
      directory.entries > kMostEntries) {
    fail(ErrorKind::format, source_, ": expected a zip directory of ", directory.entries,
         " entries in ", directory.bytes, " bytes at byte ", directory.position,
         ", which the file cannot hold");
  }
  return directory;
}

ZipReader::Directory ZipReader::read_zip64(std::size_t locator, const Directory& plain) const {
  constexpr std::string_view kWhat = "the zip64 end record";
  ByteReader where(bytes_.subspan(locator + 8), source_);
  const auto position = where.take_number<std::uint64_t>(kWhat);
  if (position > locator) {
    fail(ErrorKind::format, source_, ": expected the zip64 end record before byte ", locator,
         ", found it said to be at ", position);
  }
  const auto start = static_cast<std::size_t>(position);
  ByteReader reader(bytes_.subspan(start, locator - start), source_);
  const auto signature = reader.take_number<std::uint32_t>(kWhat);
  reader.take(28, kWhat);  // size, versions, disks, entries on this disk
  Directory directory{};
  directory.entries = reader.take_number<std::uint64_t>(kWhat);
  directory.bytes = reader.take_number<std::uint64_t>(kWhat);
  directory.position = reader.take_number<std::uint64_t>(kWhat);
  const auto agree = [](std::uint64_t small, std::uint64_t elsewhere, std::uint64_t large) {
    return small == elsewhere || small == large;
  };
  // Two readers that trust different records would see different files.
  if (signature != kZip64EndRecord || !agree(plain.entries, kElsewhere16, directory.entries) ||
      !agree(plain.bytes, kElsewhere32, directory.bytes) ||
      !agree(plain.position, kElsewhere32, directory.position)) {
    fail(ErrorKind::format, source_,
         ": the two end records of the zip archive contradict each other");
  }
  return directory;
}

void ZipReader::read_directory(const Directory& directory) {
  const auto start = static_cast<std::size_t>(directory.position);
  const auto size = static_cast<std::size_t>(directory.bytes);
  ByteReader reader(bytes_.subspan(start, size), source_);
  entries_.reserve(static_cast<std::size_t>(directory.entries));
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const DirectoryEntry read = read_entry(reader, directory.position, source_);
    check_entry(read, source_);
    if (!by_name_.emplace(read.entry.name, entries_.size()).second) {
      fail(ErrorKind::format, source_, ": expected entries of different names, found ",
           printable(read.entry.name), " twice");
    }
    entries_.push_back(read.entry);
  }
  if (reader.remaining() != 0) {
    fail(ErrorKind::format, source_, ": expected ", directory.entries,
         " entries in the zip directory, found ", reader.remaining(), " bytes more");
  }
}

void ZipReader::find_ends(std::uint64_t directory_position) {
  std::vector<std::size_t> order(entries_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [this](std::size_t left, std::size_t right) {
    return entries_[left].header > entries_[right].header;
  });
  std::uint64_t end = directory_position;
  for (const std::size_t index : order) {
    ZipEntry& entry = entries_[index];
    const bool inside =
        entry.header <= end && entry.name.size() + kLocalHeaderBytes <= end - entry.header;
    if (!inside || (entry.method == 0 &&
                    entry.size > end - entry.header - entry.name.size() - kLocalHeaderBytes)) {
      fail(ErrorKind::format, source_, ": the entry ", printable(entry.name), " of ", entry.size,
           " bytes at byte ", entry.header, " overlaps what follows it");
    }
    entry.end = end;
    end = entry.header;
  }
}

}  // namespace sotto

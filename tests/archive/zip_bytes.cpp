#include "archive/zip_bytes.h"

#include <array>

namespace sotto::test {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320U : 0U);
    table[i] = crc;
  }
  return table;
}

std::uint32_t crc32_of(const std::string& content) {
  static constexpr auto kTable = make_crc_table();
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char character : content) {
    crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(character)) & 0xff];
  }
  return ~crc;
}

std::uint64_t plus(std::uint64_t value, std::int64_t error) {
  return value + static_cast<std::uint64_t>(error);
}

std::string local_header(const ZipFile& file) {
  const std::string& name = file.local_name.empty() ? file.name : file.local_name;
  return std::string("PK\x03\x04") + little_endian(20, 2) + little_endian(file.flags, 2) +
         little_endian(file.method, 2) + little_endian(0, 4) +
         little_endian(crc32_of(file.content), 4) + little_endian(file.content.size(), 4) +
         little_endian(file.content.size(), 4) + little_endian(name.size(), 2) +
         little_endian(file.padding, 2) + name + std::string(file.padding, 'Z');
}

std::string directory_entry(const ZipFile& file, std::uint64_t header, bool zip64) {
  const std::uint64_t size = plus(file.content.size(), file.size_error);
  header = plus(header, file.header_error);
  const std::string numbers =
      little_endian(size, 8) + little_endian(size, 8) + little_endian(header, 8);
  const std::string extra = zip64 ? little_endian(1, 2) + little_endian(24, 2) + numbers : "";
  const auto small = [&](std::uint64_t value) {
    return little_endian(zip64 ? 0xffffffff : value, 4);
  };
  return std::string("PK\x01\x02") + little_endian(20, 2) + little_endian(20, 2) +
         little_endian(file.flags, 2) + little_endian(file.method, 2) + little_endian(0, 4) +
         little_endian(crc32_of(file.content) ^ file.checksum_error, 4) + small(size) +
         small(size) + little_endian(file.name.size(), 2) + little_endian(extra.size(), 2) +
         little_endian(0, 2) + little_endian(0, 8) + small(header) + file.name + extra;
}

}  // namespace

std::string little_endian(std::uint64_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string ZipBytes::make() const {
  std::string bytes;
  std::string directory;
  for (const ZipFile& file : files) {
    directory += directory_entry(file, bytes.size(), zip64);
    bytes += local_header(file) + file.content;
  }
  const std::uint64_t position = plus(bytes.size(), directory_error);
  const std::uint64_t count = plus(files.size(), count_error);
  const std::uint64_t end = bytes.size() + directory.size();
  bytes += directory;
  if (zip64) {
    bytes += std::string("PK\x06\x06") + little_endian(44, 8) + little_endian(45, 2) +
             little_endian(45, 2) + little_endian(0, 8) + little_endian(count, 8) +
             little_endian(count, 8) + little_endian(directory.size(), 8) +
             little_endian(position, 8);
    bytes += std::string("PK\x06\x07") + little_endian(0, 4) + little_endian(end, 8) +
             little_endian(1, 4);
  }
  const auto small = [&](std::uint64_t value, int size) {
    return little_endian(zip64 ? ~std::uint64_t{0} : value, size);
  };
  return bytes + "PK\x05\x06" + little_endian(0, 4) + small(count, 2) + small(count, 2) +
         small(directory.size(), 4) + small(position, 4) + little_endian(comment.size(), 2) +
         comment;
}

}  // namespace sotto::test

#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sotto {

/// A cursor over untrusted little-endian bytes. Whatever would leave them throws format with a
/// sentence that names the source and the thing that was being read.
class ByteReader {
 public:
  /// `source` names the file in messages and must outlive the reader.
  ByteReader(std::span<const std::byte> bytes, const std::string& source)
      : bytes_(bytes), source_(source) {}

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size() - position_; }

  /// The next `count` bytes.
  std::span<const std::byte> take(std::uint64_t count, std::string_view what);

  /// The next `count` bytes as text that lives as long as the bytes do.
  std::string_view take_text(std::uint64_t count, std::string_view what);

  /// The next little-endian number.
  template <std::unsigned_integral Number>
  Number take_number(std::string_view what) {
    std::uint64_t value = 0;
    int shift = 0;
    for (const std::byte byte : take(sizeof(Number), what)) {
      value |= std::to_integer<std::uint64_t>(byte) << shift;
      shift += 8;
    }
    return static_cast<Number>(value);
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& source_;
  std::size_t position_ = 0;
};

}  // namespace sotto

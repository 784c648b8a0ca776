#include "model/vocabulary/byte_level.h"

#include <array>

namespace sotto {
namespace {

constexpr int kBytes = 256;
constexpr int kMoved = 68;  // bytes that are spelled by a character above U+00FF

constexpr bool is_spelled_as_itself(int byte) {
  return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
}

/// By character: its byte, or −1.
constexpr auto kByteOf = [] {
  std::array<int, kBytes + kMoved> table{};
  int moved = 0;
  for (int byte = 0; byte < kBytes; ++byte) {
    const bool itself = is_spelled_as_itself(byte);
    if (!itself) table[static_cast<std::size_t>(byte)] = -1;
    table[static_cast<std::size_t>(itself ? byte : kBytes + moved++)] = byte;
  }
  return table;
}();
static_assert(kByteOf.back() == 173);

/// Takes a character of one or two bytes of UTF-8 off the front; 0 for any other, which spells
/// nothing.
unsigned take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) {
    text.remove_prefix(1);
    return lead;
  }
  if (lead < 0xC2 || lead > 0xDF || text.size() < 2) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  if ((second & 0xC0U) != 0x80U) return 0;
  text.remove_prefix(2);
  return (lead & 0x1FU) << 6U | (second & 0x3FU);
}

}  // namespace

std::optional<std::string> bytes_of_token(std::string_view token) {
  std::string bytes;
  while (!token.empty()) {
    const unsigned character = take_character(token);
    if (character == 0 || character >= kByteOf.size() || kByteOf[character] < 0) {
      return std::nullopt;
    }
    bytes += static_cast<char>(kByteOf[character]);
  }
  return bytes;
}

}  // namespace sotto

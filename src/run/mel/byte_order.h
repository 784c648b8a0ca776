#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sotto {

/// The unsigned number of `count` bytes, at most eight, at `position`, all of which are there.
[[nodiscard]] inline std::uint64_t number_in(std::span<const std::byte> bytes, std::size_t position,
                                             std::size_t count, bool big_endian) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::byte next = bytes[position + (big_endian ? i : count - 1 - i)];
    value = value << 8 | std::to_integer<std::uint64_t>(next);
  }
  return value;
}

}  // namespace sotto

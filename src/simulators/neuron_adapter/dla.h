#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace sotto::simulator {

/// What a simulated DLA begins with; a network as store() writes it follows. Devices load DLAs and
/// stored networks in different ways, so the one is not taken for the other here either.
struct DlaHeader {
  static constexpr std::size_t kBytes = 64;
  static constexpr std::string_view kWords = "Sotto's simulator's DLA";
};

[[nodiscard]] inline std::array<std::byte, DlaHeader::kBytes> dla_header() {
  std::array<std::byte, DlaHeader::kBytes> header{};
  for (std::size_t i = 0; i < DlaHeader::kWords.size(); ++i) {
    header[i] = static_cast<std::byte>(DlaHeader::kWords[i]);
  }
  return header;
}

[[nodiscard]] inline bool is_dla(std::span<const std::byte> bytes) {
  const auto header = dla_header();
  return bytes.size() >= header.size() && std::equal(header.begin(), header.end(), bytes.begin());
}

}  // namespace sotto::simulator

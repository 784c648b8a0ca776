#include "run/wire/changed_parts.h"

#include <algorithm>
#include <cstring>

namespace sotto {

std::vector<ChangedPart> changed_parts(std::span<const std::byte> before,
                                       std::span<const std::byte> now) {
  constexpr std::size_t kBlock = 4096;
  std::vector<ChangedPart> parts;
  for (std::size_t at = 0; at < now.size(); at += kBlock) {
    const std::size_t bytes = std::min(kBlock, now.size() - at);
    if (std::memcmp(before.data() + at, now.data() + at, bytes) == 0) continue;
    if (!parts.empty() && parts.back().offset + parts.back().bytes == at) {
      parts.back().bytes += bytes;
    } else {
      parts.push_back({at, bytes});
    }
  }
  return parts;
}

}  // namespace sotto

#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sotto {

/// A stretch of bytes.
struct ChangedPart {
  std::size_t offset = 0, bytes = 0;
  bool operator==(const ChangedPart&) const = default;
};

/// Where two arrays of one length differ, in blocks of 4 KB; blocks beside each other are one part.
[[nodiscard]] std::vector<ChangedPart> changed_parts(std::span<const std::byte> before,
                                                     std::span<const std::byte> now);

}  // namespace sotto

#pragma once

#include <cstddef>
#include <cstdint>
#include <libdeflate.h>
#include <memory>
#include <vector>

#include "core/archive/zip_reader.h"
#include "fuzz/fuzz_target.h"

namespace sotto::test {

/// A copy of an archive with its checksums made right, without which no change of an entry would
/// ever reach the parser behind it. What is no archive stays as it is.
inline std::vector<std::byte> with_checksums(std::span<const std::byte> bytes) {
  std::vector<std::byte> copy(bytes.begin(), bytes.end());
  try {
    const ZipReader zip(copy, kFuzzed);
    for (const ZipEntry& entry : zip.entries()) {
      const auto content = zip.content(entry);
      const std::uint32_t crc32 = libdeflate_crc32(0, content.data(), content.size());
      for (std::size_t i = 0; i < 4; ++i) {
        copy[static_cast<std::size_t>(entry.crc32_position) + i] =
            static_cast<std::byte>(crc32 >> (8 * i) & 0xff);
      }
    }
  } catch (const Error&) {
    // The parser under test will say so.
  }
  return copy;
}

}  // namespace sotto::test

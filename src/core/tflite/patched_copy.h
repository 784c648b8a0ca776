#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/byte_sink.h"

namespace sotto {

/// A change of four bytes at a place in a file.
struct Patch {
  std::uint64_t place = 0;
  std::uint32_t value = 0;
};

/// Where in the bytes of a file something in them lies.
[[nodiscard]] std::uint64_t place_in(std::span<const std::byte> bytes, const void* address);

/// Writes the bytes with the patches made. Throws format, naming `source`, where patches overlap or
/// lie outside, as those of a file whose parts lie in each other would.
void write_patched(std::span<const std::byte> bytes, std::vector<Patch> patches,
                   const std::string& source, ByteSink& sink);

}  // namespace sotto

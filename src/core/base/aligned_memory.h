#pragma once

#include <cstddef>
#include <memory>

namespace sotto {

/// What memory for vectors is aligned to.
inline constexpr std::size_t kMemoryAlignment = 64;
/// The next multiple of it.
[[nodiscard]] constexpr std::size_t aligned_size(std::size_t bytes) {
  return (bytes + kMemoryAlignment - 1) / kMemoryAlignment * kMemoryAlignment;
}

struct FreeMemory {
  void operator()(std::byte* memory) const;
};
using AlignedMemory = std::unique_ptr<std::byte, FreeMemory>;

/// Uninitialised memory for `bytes` bytes and up to the next multiple of 64, aligned to 64. Large
/// memory is asked of the system in huge pages: reading through it, as every step of a decoder does
/// through its weights, is then half as fast again. Throws std::bad_alloc.
[[nodiscard]] AlignedMemory allocate_aligned(std::size_t bytes);

/// Zeros in whole pages of their own, which take no memory until they are written to: for what is
/// long and seldom full. Throws std::bad_alloc.
[[nodiscard]] std::shared_ptr<std::byte> allocate_zeros(std::size_t bytes);

}  // namespace sotto

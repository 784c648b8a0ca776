#include "run/backends/cpu/prepare/weight_memory.h"

#include <algorithm>

namespace sotto::cpu {
namespace {

// What is left at the end of a piece is lost, and as a part of a huge page it is memory, not only
// addresses; beyond that page nothing was touched. So pieces hold many of the largest weights.
constexpr std::size_t kPiece = std::size_t{64} << 20;

}  // namespace

std::byte* WeightMemory::take(std::size_t bytes) {
  const std::size_t rounded = aligned_size(bytes);
  if (rounded > left_) {
    const std::size_t size = std::max(rounded, kPiece);
    pieces_.push_back(allocate_aligned(size));
    if (size - rounded < left_) return pieces_.back().get();  // the old piece has more to give
    next_ = pieces_.back().get();
    left_ = size;
  }
  std::byte* memory = next_;
  next_ += rounded;
  left_ -= rounded;
  return memory;
}

}  // namespace sotto::cpu

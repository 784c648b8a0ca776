#pragma once

#include <cstddef>
#include <vector>

#include "core/base/aligned_memory.h"

namespace sotto::cpu {

/// Memory for packed weights, one after another in large pieces: weights of a few hundred kilobytes
/// share huge pages, through which a decoder reads them faster.
class WeightMemory {
 public:
  /// Aligned to 64; lives as long as this object. Throws std::bad_alloc.
  [[nodiscard]] std::byte* take(std::size_t bytes);

 private:
  std::vector<AlignedMemory> pieces_;
  std::byte* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace sotto::cpu

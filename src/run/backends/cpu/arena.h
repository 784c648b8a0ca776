#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace sotto::cpu {

/// A stretch of memory that is needed from one step to another, both included.
struct Lifetime {
  std::size_t bytes = 0;
  std::size_t first = 0;
  std::size_t last = 0;
};

/// Where each of several buffers lies so that no two that live at the same time overlap.
struct ArenaPlan {
  std::vector<std::size_t> offsets;  ///< in bytes, multiples of 64; one per buffer
  std::size_t bytes = 0;
};

/// First fit, the largest buffers first (as Pisarchyk and Lee, "Efficient Memory Management for
/// Deep Neural Net Inference", 2020, call greedy by size).
[[nodiscard]] ArenaPlan plan_arena(const std::vector<Lifetime>& buffers);

/// Memory that grows when a larger plan comes, and loses its contents then.
class Arena {
 public:
  /// True when the memory moved.
  bool reserve(std::size_t bytes);
  [[nodiscard]] std::byte* data() const { return memory_.get(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t bytes_ = 0;
};

}  // namespace sotto::cpu

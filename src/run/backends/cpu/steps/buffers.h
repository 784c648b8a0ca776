#pragma once

#include <cstddef>
#include <vector>

namespace sotto::cpu {

/// Memory of the arena that one computed value, or one step's scratch, has to itself while it
/// lives.
struct BufferId {
  std::size_t index = 0;
};

/// The buffers that the steps of a program ask for, before the arena has a place for each.
class Buffers {
 public:
  [[nodiscard]] BufferId add(std::size_t bytes) {
    bytes_.push_back(bytes);
    return {bytes_.size() - 1};
  }
  /// By BufferId::index.
  [[nodiscard]] const std::vector<std::size_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::size_t> bytes_;
};

}  // namespace sotto::cpu

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// Where the tensors of a network lie when it runs: constants in the network, inputs that products
/// alone read where the caller has them, all others in one piece of memory, in which tensors share
/// places whose lives do not meet. A tensor that is another one in another shape, a piece of it, or
/// what it becomes element by element lies where that one lies.
class MemoryPlan {
 public:
  /// `operations` are the network's, or what was made of them.
  MemoryPlan(const Network& network, std::span<const NetworkOperation> operations);

  enum class Place { constant, memory, caller };
  struct Location {
    Place place = Place::memory;
    std::uint32_t root = 0;  ///< of an input that the caller has: which tensor
    std::size_t first = 0;   ///< its first element
  };
  [[nodiscard]] const Location& operator[](std::uint32_t tensor) const {
    return locations_[tensor];
  }
  /// Elements of the memory.
  [[nodiscard]] std::size_t elements() const { return elements_; }

 private:
  std::vector<Location> locations_;
  std::size_t elements_ = 0;
};

}  // namespace sotto::simulator

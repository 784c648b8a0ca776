#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "run/self_test/operation_case.h"

namespace sotto {

/// An operand of an operation that is repeated along the axes where it has one place, or none.
class Broadcast {
 public:
  Broadcast(const Shape& from, const Shape& to);
  /// The element of the operand at element `index` of the result.
  [[nodiscard]] std::size_t at(std::size_t index) const;

 private:
  std::vector<std::size_t> extents_, strides_;  ///< of the result; of the operand along its axes
};

/// The integers of a constant operand. Throws unsupported, naming the file, where it is none.
[[nodiscard]] std::vector<std::int32_t> integers_of(const OperationCase& one, std::size_t place);

/// Where an element comes from.
struct Source {
  std::size_t operand, element;
};

/// For RESHAPE, TRANSPOSE, SLICE, PAD and CONCATENATION: calls `visit` with every element of the
/// result and where it comes from; with nothing for a zero. Throws unsupported where integers and
/// shapes do not go together.
void for_each_moved(const OperationCase& one,
                    const std::function<void(std::size_t, std::optional<Source>)>& visit);

}  // namespace sotto

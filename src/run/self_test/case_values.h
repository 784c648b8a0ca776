#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "run/self_test/operation_case.h"

namespace sotto {

/// What the float tensors of a case hold: numbers that float16 has, so that what a device makes of
/// its inputs is exact, none of them subnormal, of a size at which the operation stays in float16's
/// range. The same for the same seed and case, on every machine.
class CaseValues {
 public:
  CaseValues(const OperationCase& one, std::uint64_t seed);

  /// Of an operand of the case's operation, as floats; empty for integers and operands not given.
  [[nodiscard]] std::span<const float> operand(std::size_t place) const;

  /// The case's graph with the constants' bytes in it, which live as long as this object.
  [[nodiscard]] const TfliteSubgraph& graph() const { return graph_; }
  /// Of an input of the graph, by its tensor.
  [[nodiscard]] std::span<const float> input(std::int32_t tensor) const {
    return values_.at(tensor);
  }

 private:
  const OperationCase& case_;
  TfliteSubgraph graph_;
  std::map<std::int32_t, std::vector<float>> values_;          ///< of float tensors
  std::map<std::int32_t, std::vector<std::uint16_t>> halves_;  ///< of float16 constants
};

}  // namespace sotto

#pragma once

#include <cstdint>

#include "core/tflite/tflite_model.h"

namespace sotto {

/// What one run of a graph takes. Sums that leave int64 stay at its largest number.
struct TfliteCost {
  /// Of convolutions, FULLY_CONNECTED and BATCH_MATMUL. What else there is counts nothing: in a
  /// transformer it is less than a hundredth.
  std::int64_t multiply_adds = 0;
  std::int64_t constant_bytes = 0;  ///< as stored; what several tensors share counts once
  /// The same with float32 as float16, which is how NPUs keep it.
  std::int64_t constant_bytes_on_npu = 0;
  std::int64_t boundary_bytes = 0;    ///< of inputs and outputs
  std::int64_t activation_bytes = 0;  ///< of all computed values, as if none shared memory
};

[[nodiscard]] TfliteCost tflite_cost(const TfliteSubgraph& graph);

/// Bytes of a tensor as it is stored.
[[nodiscard]] std::int64_t bytes_of(const TfliteTensor& tensor);

/// Multiply-adds of one operator, 0 where it has inputs of other shapes than its kind should.
[[nodiscard]] std::int64_t multiply_adds(const TfliteSubgraph& graph, const TfliteOperator& op);

}  // namespace sotto

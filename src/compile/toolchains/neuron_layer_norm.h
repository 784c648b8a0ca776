#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/tflite/tflite_model.h"

namespace sotto {

/// A layer norm over the last axis, of the operators of which lowering makes one
/// (compile/passes/lower_layer_norm.cpp): x − mean, scaled so that no square leaves half precision,
/// times 1 / √(variance + ε), times `scale`, plus `offset`.
struct TfliteLayerNorm {
  std::vector<std::size_t> operators;  ///< their places, ascending; the last one's result is its
  std::int32_t input = 0, scale = 0, offset = 0, output = 0;  ///< tensors
  float epsilon = 0;
};

/// Those in a graph, in the order of their results. One is found only where nothing else reads what
/// is between its operators, so that one operation may take their place.
[[nodiscard]] std::vector<TfliteLayerNorm> find_layer_norms(const TfliteSubgraph& graph,
                                                            const tflite::SubGraph& raw);

/// One operation that is handed to a compiler: an operator of the file, or a layer norm in the
/// place of several.
struct NeuronStep {
  std::size_t place = 0;                  ///< of the operator; of a layer norm, of its last one
  const TfliteLayerNorm* norm = nullptr;  ///< null for an operator
};

/// A graph's operations in their order, with each of `norms`, which must outlive them, as one.
[[nodiscard]] std::vector<NeuronStep> steps_of(const TfliteSubgraph& graph,
                                               const std::vector<TfliteLayerNorm>& norms);

}  // namespace sotto

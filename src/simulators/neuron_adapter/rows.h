#pragma once

#include <span>

#include "simulators/neuron_adapter/operations.h"

namespace sotto::simulator {

// Operations over the rows of the last axis: in float32 from end to end of a row.

void softmax(const TensorView& input, const TensorView& output);
void mean(const TensorView& input, const TensorView& output);
void reduce_maximum(const TensorView& input, const TensorView& output);
/// Inputs: the rows, scale, offset; the operation has epsilon.
void layer_norm(const NetworkOperation& operation, std::span<const TensorView> inputs,
                const TensorView& output);

}  // namespace sotto::simulator

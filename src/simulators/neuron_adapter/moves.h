#pragma once

#include <span>

#include "simulators/neuron_adapter/operations.h"

namespace sotto::simulator {

// Operations that move elements and change none. What lies where it belongs already is left there.

void copy(const TensorView& input, const TensorView& output);
void transpose(const NetworkOperation& operation, const TensorView& input,
               const TensorView& output);
void concatenate(const NetworkOperation& operation, std::span<const TensorView> inputs,
                 const TensorView& output);
void slice(const NetworkOperation& operation, const TensorView& input, const TensorView& output);
void pad(const NetworkOperation& operation, const TensorView& input, const TensorView& output);

/// Whether the elements of a slice lie one behind the other in its input.
[[nodiscard]] bool is_contiguous(const Extents& input, const Extents& slice);
/// Where a slice begins in its input, in elements.
[[nodiscard]] std::size_t begin_of_slice(const NetworkOperation& operation, const Extents& input);

}  // namespace sotto::simulator

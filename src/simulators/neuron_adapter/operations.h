#pragma once

#include <span>

#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// Where a tensor of a run lies.
struct TensorView {
  const Extents* extents = nullptr;
  Half* data = nullptr;
};

/// Computes one operation: in float32 from half-precision operands, rounded when it is stored.
void compute(const NetworkOperation& operation, std::span<const TensorView> inputs,
             const TensorView& output);

}  // namespace sotto::simulator

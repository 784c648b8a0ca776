#pragma once

#include <span>

#include "simulators/neuron_adapter/network.h"
#include "simulators/neuron_adapter/workers.h"

namespace sotto::simulator {

/// Where a tensor of a run lies.
struct TensorView {
  const Extents* extents = nullptr;
  Half* data = nullptr;
  /// Where it is an input that is read where the caller has it; `data` is null then. Only products
  /// take such, and not as their first operand.
  const float* floats = nullptr;
};

/// Computes one operation: in float32 from half-precision operands, rounded when it is stored. The
/// result is the same on any number of threads and any processor.
void compute(const NetworkOperation& operation, std::span<const TensorView> inputs,
             const TensorView& output, Workers& workers);

}  // namespace sotto::simulator

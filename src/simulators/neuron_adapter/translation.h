#pragma once

#include "simulators/neuron_adapter/model.h"
#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// What the SoC computes for an operation.
struct Translation {
  Kind kind = Kind::copy;
  std::vector<std::size_t> tensors;  ///< the inputs that it reads as tensors, by their places
  std::vector<std::int32_t> integers;
  std::vector<float> reals;
};

/// Throws Refusal: unmappable, with the reason, where the SoC does not run the operation; bad data
/// where its operands are not those of its kind, or their extents do not fit.
[[nodiscard]] Translation translate(const Model& model, const Operation& operation);

}  // namespace sotto::simulator

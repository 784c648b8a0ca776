#pragma once

#include <vector>

#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// The operations of a network with each product, softmax and product in a row as one, `attention`,
/// so that not all scores of all heads are there at once. What comes out is the same. Some tensors
/// are then neither written nor read.
[[nodiscard]] std::vector<NetworkOperation> fuse_attention(const Network& network);

}  // namespace sotto::simulator

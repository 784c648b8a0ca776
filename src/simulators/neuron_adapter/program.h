#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulators/neuron_adapter/network.h"

namespace sotto::simulator {

/// A piece of an output that is the caller's as soon as it is computed.
struct Delivery {
  std::size_t operation = 0;  ///< after which it is there
  std::uint32_t tensor = 0;
  std::size_t output = 0;  ///< of the network's, which one
  std::size_t first = 0;   ///< its first element in it
};

/// What is run of a network, so that little is there at once. What comes out is the same.
struct Program {
  /// The network's, with each product, softmax and product in a row as one, `attention`, of whose
  /// scores only some rows are kept; and without the operations that join an output's pieces.
  std::vector<NetworkOperation> operations;
  std::vector<Delivery> deliveries;  ///< in the order of their operations
  std::vector<bool> is_delivered;    ///< of each output, whether its pieces are
};
[[nodiscard]] Program make_program(const Network& network);

}  // namespace sotto::simulator

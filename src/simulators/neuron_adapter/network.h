#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "simulators/neuron_adapter/half.h"
#include "simulators/neuron_adapter/model.h"

namespace sotto::simulator {

/// What an operation of a compiled network computes; the values are those of stored networks.
enum class Kind : std::uint32_t {
  conv_2d,          ///< input, weight, bias; integers: strides down and across
  fully_connected,  ///< input, weight, bias
  batch_matmul,     ///< a, b; integers: whether a and b are turned
  softmax,
  gelu,
  add,
  subtract,
  multiply,
  divide,
  maximum,
  absolute,
  reciprocal_sqrt,
  squared_difference,
  mean,            ///< over the last axis
  reduce_maximum,  ///< the same
  copy,            ///< the same elements, whatever the shape
  transpose,       ///< integers: the order
  concatenate,     ///< integers: the axis
  slice,           ///< integers: where it begins, an axis
  pad,             ///< integers: zeros before, an axis
  layer_norm,      ///< input, scale, offset; reals: epsilon
  // Of quantized tensors (quantized_operations.h).
  quantize,
  dequantize,
  quantized_conv_2d,
  quantized_fully_connected,
  quantized_batch_matmul,
  quantized_add,
  quantized_multiply,
  attention,  ///< queries, keys, values; integers: whether each is turned. Never stored
};
inline constexpr std::uint32_t kStoredKinds = 28;

struct NetworkTensor {
  Extents extents;
  bool is_constant = false;
  std::uint64_t first = 0;  ///< of a constant: its first element among the constants
};

struct NetworkOperation {
  Kind kind = Kind::copy;
  std::vector<std::uint32_t> inputs;
  std::uint32_t output = 0;
  std::vector<std::int32_t> integers;
  std::vector<float> reals;
};

/// A compiled graph: everything in half precision, quantized numbers as the halves of their value,
/// operations in the order in which they run.
struct Network {
  std::string soc;
  neuron::Version version{};
  std::string name;
  std::vector<NetworkTensor> tensors;
  std::vector<NetworkOperation> operations;
  std::vector<std::uint32_t> inputs, outputs;
  std::vector<std::uint32_t> int8_ports;  ///< those of them whose buffers hold int8, not float32
  std::span<const Half> constants;
  std::shared_ptr<const void> owner;  ///< keeps the constants, where the network has made them
};

/// The bytes of a network, which only the simulator reads: a header, the graph, the constants.
[[nodiscard]] std::vector<std::byte> store(const Network& network);

/// Reads them. The constants stay where they are, in `bytes`. Throws Refusal where they are
/// damaged, of another version, or for another SoC.
[[nodiscard]] Network restore(std::span<const std::byte> bytes);

}  // namespace sotto::simulator

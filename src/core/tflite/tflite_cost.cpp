#include "core/tflite/tflite_cost.h"

#include <limits>
#include <set>

namespace sotto {

namespace {

constexpr std::int32_t kConv2d = 3, kDepthwiseConv2d = 4, kFullyConnected = 9, kTransposeConv = 67,
                       kBatchMatmul = 126;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr int kBitsPerByte = 8;

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? kMost : result;
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? kMost : result;
}

std::int64_t elements(const Shape& shape) { return checked_num_elements(shape).value_or(kMost); }

std::int64_t bytes_of(const TfliteSubgraph& graph, const std::vector<std::int32_t>& tensors) {
  std::int64_t bytes = 0;
  for (const std::int32_t index : tensors) {
    bytes = sum(bytes, bytes_of(graph.tensors[static_cast<std::size_t>(index)]));
  }
  return bytes;
}

/// The shape of an operator's input where it is given and has at least so many axes.
const Shape* input_shape(const TfliteSubgraph& graph, const TfliteOperator& op, std::size_t place,
                         std::size_t axes) {
  if (place >= op.inputs.size() || op.inputs[place] < 0) return nullptr;
  const Shape& shape = graph.tensors[static_cast<std::size_t>(op.inputs[place])].shape;
  return shape.size() < axes ? nullptr : &shape;
}

/// [out, height, width, in] for every one of `times` values.
std::int64_t convolution(const Shape* weight, std::int64_t times) {
  if (weight == nullptr) return 0;
  return product(times, product(product((*weight)[1], (*weight)[2]), (*weight)[3]));
}

std::int64_t depthwise(const Shape* weight, std::int64_t outputs) {
  return weight == nullptr ? 0 : product(outputs, product((*weight)[1], (*weight)[2]));
}

/// Every input value goes into a window of outputs.
std::int64_t transposed_convolution(const Shape* weight, const Shape* input) {
  if (weight == nullptr || input == nullptr) return 0;
  const Shape& w = *weight;
  return product(elements(*input), product(product(w[0], w[1]), w[2]));
}

std::int64_t matrix_product(const Shape* x, bool transposed, std::int64_t outputs) {
  if (x == nullptr) return 0;
  return product(outputs, transposed ? (*x)[x->size() - 2] : x->back());
}

}  // namespace

std::int64_t bytes_of(const TfliteTensor& tensor) {
  const std::int64_t bits = product(elements(tensor.shape), bits_of(tensor.type));
  return bits / kBitsPerByte + (bits % kBitsPerByte != 0 ? 1 : 0);
}

std::int64_t multiply_adds(const TfliteSubgraph& graph, const TfliteOperator& op) {
  constexpr std::size_t kMatrix = 2, kImage = 4;
  if (op.outputs.empty()) return 0;
  const std::int64_t outputs =
      elements(graph.tensors[static_cast<std::size_t>(op.outputs[0])].shape);
  switch (op.code) {
    case kConv2d:
      return convolution(input_shape(graph, op, 1, kImage), outputs);
    case kDepthwiseConv2d:
      return depthwise(input_shape(graph, op, 1, kImage), outputs);
    case kTransposeConv:
      return transposed_convolution(input_shape(graph, op, 1, kImage),
                                    input_shape(graph, op, 2, kImage));
    case kFullyConnected:
      return matrix_product(input_shape(graph, op, 1, kMatrix), false, outputs);
    case kBatchMatmul:
      return matrix_product(input_shape(graph, op, 0, kMatrix), op.adj_x, outputs);
    default:
      return 0;
  }
}

TfliteCost tflite_cost(const TfliteSubgraph& graph) {
  TfliteCost cost;
  for (const TfliteOperator& op : graph.operators) {
    cost.multiply_adds = sum(cost.multiply_adds, multiply_adds(graph, op));
    cost.activation_bytes = sum(cost.activation_bytes, bytes_of(graph, op.outputs));
  }
  std::set<const std::byte*> counted;
  for (const TfliteTensor& tensor : graph.tensors) {
    if (!tensor.constant || !counted.insert(tensor.constant->data()).second) continue;
    const auto bytes = static_cast<std::int64_t>(tensor.constant->size());
    const bool halved = tensor.type == tflite::TensorType::float32;
    cost.constant_bytes = sum(cost.constant_bytes, bytes);
    cost.constant_bytes_on_npu = sum(cost.constant_bytes_on_npu, halved ? bytes / 2 : bytes);
  }
  cost.boundary_bytes = sum(bytes_of(graph, graph.inputs), bytes_of(graph, graph.outputs));
  return cost;
}

}  // namespace sotto

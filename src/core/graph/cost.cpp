#include "core/graph/graph.h"

namespace sotto {
namespace {

std::int64_t multiply_adds(const Graph& graph, const Node& node) {
  const std::int64_t outputs = num_elements(graph.shape(node.output));
  return std::visit(
      Overloaded{
          [&](const op::Conv1d& op) {
            const Shape& weight = graph.shape(op.weight);
            return outputs * weight[1] * weight[2];
          },
          [&](const op::Linear& op) { return outputs * graph.shape(op.weight)[1]; },
          [&](const op::Conv2d& op) {
            const Shape& weight = graph.shape(op.weight);
            return outputs * weight[2] * weight[3];
          },
          [&](const AnyOf<op::FullyConnected, op::FusedLinear> auto& op) {
            return outputs * graph.shape(op.weight)[1];
          },
          [&](const op::ConvGelu& op) {
            const Shape& weight = graph.shape(op.weight);
            return outputs * weight[1] * weight[2];
          },
          [&](const op::Attention& op) {
            const Shape& key = graph.shape(op.key);
            return outputs * key.back() + num_elements(graph.shape(op.query)) * key.back();
          },
          [&](const op::MatMul& op) { return outputs * graph.shape(op.a).back(); },
          // Scores and their sum, as if every sequence were as long as can be.
          [&](const op::CachedAttention& op) { return 2 * outputs * graph.shape(op.slots)[1]; },
          [&](const op::WindowAttention& op) { return 2 * outputs * graph.shape(op.keys)[1]; },
          [](const AnyOf<op::Softmax, op::LayerNorm, op::Gelu, op::Add, op::Scale, op::Reshape,
                         op::Transpose, op::TakeLike, op::KeepRows, op::Concat, op::Slice,
                         op::TanhGelu, op::Binary, op::Unary, op::Reduce, op::Pad> auto&) {
            return std::int64_t{0};
          },
      },
      node.op);
}

std::int64_t bytes_of(const Value& value) {
  return num_elements(value.shape) * static_cast<std::int64_t>(size_of(value.dtype));
}

}  // namespace

GraphCost cost(const Graph& graph) {
  GraphCost total;
  for (const Node& node : graph.nodes()) {
    total.multiply_adds += multiply_adds(graph, node);
    total.activation_bytes += bytes_of(graph.value(node.output));
  }
  for (const Value& value : graph.values()) {
    if (value.constant) total.constant_bytes += bytes_of(value);
  }
  return total;
}

}  // namespace sotto

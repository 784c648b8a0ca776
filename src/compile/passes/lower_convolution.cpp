#include <algorithm>

#include "compile/passes/passes.h"
#include "core/graph/rewriter.h"

namespace sotto {
namespace {

/// [O, C, K] as [O, 1, K, C]: the same elements seen in another order.
TensorView channels_last(const TensorView& weight) {
  TensorView view = weight;
  view.shape = {weight.shape[0], 1, weight.shape[2], weight.shape[1]};
  view.strides = {weight.strides[0], 0, weight.strides[2], weight.strides[1]};
  return view;
}

ValueId convolve(Rewriter& to, const op::Conv1d& conv, const Node& node) {
  Graph& graph = to.to();
  const std::string& name = to.from().value(node.output).name;
  const Value& weight = to.from().value(conv.weight);
  const Shape input = to.from().shape(conv.input), output = to.from().shape(node.output);
  const std::int64_t frames = input[2], taps = weight.shape[2], steps = output[2];
  ValueId x = graph.add(name + ".rows", op::Transpose{to(conv.input), {0, 2, 1}});
  x = graph.add(name + ".image", op::Reshape{x, {1, 1, frames, input[1]}});
  // No more zeros behind than the last step reaches.
  const std::int64_t reach = (steps - 1) * conv.stride + taps - conv.padding;
  const std::int64_t behind = std::max<std::int64_t>(0, reach - frames);
  if (conv.padding > 0 || behind > 0) {
    x = graph.add(name + ".padded", op::Pad{x, 2, conv.padding, behind});
  }
  const ValueId kernel =
      graph.add_constant(weight.name + ".channels_last", channels_last(*weight.constant));
  x = graph.add(name + ".convolved", op::Conv2d{x, kernel, to(conv.bias), conv.stride});
  x = graph.add(name + ".by_row", op::Reshape{x, {1, steps, output[1]}});
  return graph.add(name, op::Transpose{x, {0, 2, 1}});
}

}  // namespace

Graph lower_convolution(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    const auto* conv = std::get_if<op::Conv1d>(&node.op);
    if (conv == nullptr || !to.from().value(conv->weight).constant) return std::nullopt;
    return convolve(to, *conv, node);
  });
}

}  // namespace sotto

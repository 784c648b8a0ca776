#include "compile/passes/passes.h"
#include "core/base/error.h"
#include "core/graph/rewriter.h"

namespace sotto {
namespace {

ValueId fully_connected(Rewriter& to, const op::Linear& linear, const std::string& name,
                        float factor) {
  op::FullyConnected lowered{to(linear.input), to(linear.weight), std::nullopt, factor};
  if (linear.bias) lowered.bias = to(*linear.bias);
  return to.to().add(name, lowered);
}

ValueId product(Rewriter& to, const op::Scale& scale, const std::string& name) {
  const ValueId input = to(scale.input);
  const ValueId factor = to.to().add_constant(name + ".factor", own_values({1}, {scale.factor}));
  return to.to().add(name, op::Binary{op::Binary::Kind::multiply, input, factor});
}

}  // namespace

// A Linear whose Scale took it over is computed by nothing else: it is dropped as idle.
Graph lower_linear(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    const std::string& name = to.from().value(node.output).name;
    if (const auto* linear = std::get_if<op::Linear>(&node.op)) {
      return fully_connected(to, *linear, name, 1.0F);
    }
    const auto* scale = std::get_if<op::Scale>(&node.op);
    if (scale == nullptr) return std::nullopt;
    const Node* source = to.producer(scale->input);
    const auto* scaled = source == nullptr ? nullptr : std::get_if<op::Linear>(&source->op);
    if (scaled == nullptr || to.uses(scale->input) > 1) return product(to, *scale, name);
    return fully_connected(to, *scaled, name, scale->factor);
  });
}

}  // namespace sotto

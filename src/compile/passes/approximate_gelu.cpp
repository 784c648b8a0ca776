#include "compile/passes/passes.h"
#include "core/graph/rewriter.h"

namespace sotto {

Graph approximate_gelu(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    const auto* gelu = std::get_if<op::Gelu>(&node.op);
    if (gelu == nullptr) return std::nullopt;
    return to.to().add(to.from().value(node.output).name, op::TanhGelu{to(gelu->input)});
  });
}

}  // namespace sotto

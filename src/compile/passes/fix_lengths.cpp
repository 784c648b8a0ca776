#include "compile/passes/passes.h"
#include "core/graph/rewriter.h"

namespace sotto {

Graph fix_lengths(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    const auto* take = std::get_if<op::TakeLike>(&node.op);
    if (take == nullptr) return std::nullopt;
    const ValueId table = to(take->table);
    const Value& value = to.to().value(table);
    const Shape& shape = to.from().shape(node.output);
    if (value.shape == shape) return table;
    const auto axis = static_cast<std::size_t>(take->axis);
    if (!value.constant) {
      return to.to().add(to.from().value(node.output).name,
                         op::Slice{table, take->axis, 0, shape[axis]});
    }
    TensorView prefix = *value.constant;
    prefix.shape = shape;
    return to.to().add_constant(to.from().value(node.output).name, prefix);
  });
}

}  // namespace sotto

#include "core/graph/rewriter.h"

#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

/// For every value (by ValueId::index) whether an output depends on it.
std::vector<bool> needed_values(const Graph& graph) {
  std::vector<bool> needed(graph.values().size());
  for (const ValueId output : graph.outputs()) needed[output.index] = true;
  const std::vector<Node>& nodes = graph.nodes();
  for (std::size_t i = nodes.size(); i-- > 0;) {
    if (!needed[nodes[i].output.index]) continue;
    for (const ValueId operand : operands(nodes[i].op)) needed[operand.index] = true;
  }
  return needed;
}

Graph without_idle_nodes(const Graph& graph) {
  const std::vector<bool> needed = needed_values(graph);
  Rewriter rewriter(graph);
  for (const Node& node : graph.nodes()) {
    if (needed[node.output.index]) (void)rewriter.keep(node);
  }
  for (const ValueId output : graph.outputs()) rewriter.to().add_output(rewriter(output));
  return std::move(rewriter.to());
}

}  // namespace

Rewriter::Rewriter(const Graph& from)
    : from_(from),
      to_(from.name()),
      places_(from.values().size()),
      uses_(from.values().size()),
      producers_(from.values().size()) {
  for (const ValueId input : from.inputs()) {
    const Value& value = from.value(input);
    places_[input.index] = to_.add_input(value.name, value.shape, value.dtype);
  }
  for (const Node& node : from.nodes()) {
    producers_[node.output.index] = &node;
    for (const ValueId operand : operands(node.op)) ++uses_[operand.index];
  }
  for (const ValueId output : from.outputs()) ++uses_[output.index];
}

ValueId Rewriter::operator()(ValueId old) {
  std::optional<ValueId>& place = places_[old.index];
  const Value& value = from_.value(old);
  if (!place && value.constant) place = to_.add_constant(value.name, *value.constant);
  if (!place) fail(ErrorKind::internal, "graph ", from_.name(), ": ", value.name, " was not kept");
  return *place;
}

ValueId Rewriter::keep(const Node& node) {
  std::vector<ValueId> ids = operands(node.op);
  for (ValueId& id : ids) id = (*this)(id);
  const ValueId kept = to_.add(from_.value(node.output).name, with_operands(node.op, ids));
  places_[node.output.index] = kept;
  return kept;
}

void Rewriter::replace(const Node& node, std::optional<ValueId> by) {
  if (by) {
    places_[node.output.index] = by;
  } else {
    (void)keep(node);
  }
}

Graph rewrite(const Graph& from,
              const std::function<std::optional<ValueId>(Rewriter&, const Node&)>& replacement) {
  Rewriter rewriter(from);
  for (const Node& node : from.nodes()) rewriter.replace(node, replacement(rewriter, node));
  for (const ValueId output : from.outputs()) rewriter.to().add_output(rewriter(output));
  Graph result = without_idle_nodes(rewriter.to());
  verify(result);
  return result;
}

}  // namespace sotto

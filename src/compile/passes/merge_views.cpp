#include <numeric>
#include <vector>

#include "compile/passes/passes.h"
#include "core/graph/rewriter.h"

namespace sotto {
namespace {

using Order = std::vector<std::int64_t>;

bool is_identity(const Order& order) {
  Order identity(order.size());
  std::iota(identity.begin(), identity.end(), std::int64_t{0});
  return order == identity;
}

/// The node that computes a value of the old graph, if it is of this kind.
template <class Operation>
const Operation* producer(const Rewriter& to, ValueId value) {
  const Node* node = to.producer(value);
  return node == nullptr ? nullptr : std::get_if<Operation>(&node->op);
}

// What lies under a row of Reshapes is all that counts.
ValueId merge(Rewriter& to, const op::Reshape& reshape, const std::string& name) {
  ValueId source = reshape.input;
  while (const auto* inner = producer<op::Reshape>(to, source)) source = inner->input;
  if (to.from().shape(source) == reshape.shape) return to(source);
  return to.to().add(name, op::Reshape{to(source), reshape.shape});
}

ValueId merge(Rewriter& to, const op::Transpose& transpose, const std::string& name) {
  ValueId source = transpose.input;
  Order order = transpose.order;
  while (const auto* inner = producer<op::Transpose>(to, source)) {
    for (std::int64_t& axis : order) axis = inner->order[static_cast<std::size_t>(axis)];
    source = inner->input;
  }
  if (is_identity(order)) return to(source);
  return to.to().add(name, op::Transpose{to(source), order});
}

/// Outputs keep a node of their own name, whatever it does.
bool is_output(const Graph& graph, ValueId value) {
  for (const ValueId output : graph.outputs()) {
    if (output == value) return true;
  }
  return false;
}

Graph merge_kind(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    if (is_output(to.from(), node.output)) return std::nullopt;
    const std::string& name = to.from().value(node.output).name;
    if (const auto* reshape = std::get_if<op::Reshape>(&node.op)) return merge(to, *reshape, name);
    if (const auto* transpose = std::get_if<op::Transpose>(&node.op)) {
      return merge(to, *transpose, name);
    }
    return std::nullopt;
  });
}

}  // namespace

// When Transposes have gone, Reshapes around them have become neighbours.
Graph merge_views(const Graph& graph) { return merge_kind(merge_kind(graph)); }

}  // namespace sotto

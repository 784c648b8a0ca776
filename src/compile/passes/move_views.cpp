#include "compile/passes/passes.h"
#include "core/base/error.h"
#include "core/graph/rewriter.h"

namespace sotto {
namespace {

bool is_view(const Node* node) {
  return node != nullptr && (std::holds_alternative<op::Reshape>(node->op) ||
                             std::holds_alternative<op::Transpose>(node->op));
}

bool is_elementwise(const Op& op) {
  return std::holds_alternative<op::Gelu>(op) || std::holds_alternative<op::TanhGelu>(op) ||
         std::holds_alternative<op::Unary>(op);
}

/// The views between a value and what they show, outermost first; each is read once.
std::vector<const Node*> views_of(const Rewriter& to, ValueId value) {
  std::vector<const Node*> views;
  while (is_view(to.sole_producer(value))) {
    views.push_back(to.producer(value));
    value = operands(views.back()->op).front();
  }
  return views;
}

}  // namespace

Graph move_views(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    if (!is_elementwise(node.op)) return std::nullopt;
    const auto views = views_of(to, operands(node.op).front());
    if (views.empty()) return std::nullopt;
    const std::string& name = to.from().value(node.output).name;
    ValueId x = to(operands(views.back()->op).front());
    x = to.to().add(name + ".of_source", with_operands(node.op, {x}));
    for (std::size_t i = views.size(); i-- > 1;) {
      x = to.to().add(concat(name, ".view_", i), with_operands(views[i]->op, {x}));
    }
    return to.to().add(name, with_operands(views.front()->op, {x}));
  });
}

}  // namespace sotto

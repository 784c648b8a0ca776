#include "core/graph/rewriter.h"
#include "run/backends/cpu/passes/passes.h"

namespace sotto::cpu {
namespace {

/// The operation of that kind that computes a value which nobody else reads; else null.
template <class Operation>
const Operation* only_read_here(const Rewriter& rewriter, ValueId id) {
  const Node* node = rewriter.sole_producer(id);
  return node != nullptr ? std::get_if<Operation>(&node->op) : nullptr;
}

std::optional<op::Attention> match(const Rewriter& rewriter, const Node& last) {
  const auto* mixed = std::get_if<op::MatMul>(&last.op);
  if (mixed == nullptr) return std::nullopt;
  const auto* softmax = only_read_here<op::Softmax>(rewriter, mixed->a);
  if (softmax == nullptr) return std::nullopt;
  op::Attention attention{{}, {}, mixed->b};
  ValueId scores = softmax->input;
  if (const auto* add = only_read_here<op::Add>(rewriter, scores)) {
    const Shape& shape = rewriter.from().shape(scores);
    if (rewriter.from().shape(add->b) != Shape(shape.end() - 2, shape.end())) return std::nullopt;
    attention.mask = add->b;
    scores = add->a;
  }
  const auto* product = only_read_here<op::MatMul>(rewriter, scores);
  if (product == nullptr) return std::nullopt;
  attention.query = product->a;
  attention.key = product->b;
  return attention;
}

}  // namespace

Graph fuse_attention(const Graph& graph) {
  return rewrite(graph, [](Rewriter& rewriter, const Node& node) -> std::optional<ValueId> {
    auto attention = match(rewriter, node);
    if (!attention) return std::nullopt;
    attention->query = rewriter(attention->query);
    attention->key = rewriter(attention->key);
    attention->value = rewriter(attention->value);
    if (attention->mask) attention->mask = rewriter(*attention->mask);
    return rewriter.to().add(rewriter.from().value(node.output).name, *attention);
  });
}

}  // namespace sotto::cpu

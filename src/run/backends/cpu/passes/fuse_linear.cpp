#include "core/graph/rewriter.h"
#include "run/backends/cpu/passes/passes.h"

namespace sotto::cpu {
namespace {

/// A chain in the old graph, from its end to its Linear.
struct Chain {
  const op::Linear* linear = nullptr;
  std::optional<ValueId> residual{};
  float factor = 1.0F;
  bool has_gelu = false;
};

/// Walks back from a node over what leads to a Linear.
class Matcher {
 public:
  explicit Matcher(const Rewriter& rewriter) : rewriter_(rewriter) {}

  std::optional<Chain> match(const Node& last) {
    const auto* add = std::get_if<op::Add>(&last.op);
    if (add == nullptr) return head(&last);
    for (const auto& [inner, other] : {std::pair{add->b, add->a}, std::pair{add->a, add->b}}) {
      if (rewriter_.from().shape(inner) != rewriter_.from().shape(other)) continue;
      auto chain = head(rewriter_.sole_producer(inner));
      if (!chain) continue;
      chain->residual = other;
      return chain;
    }
    return std::nullopt;
  }

 private:
  std::optional<Chain> head(const Node* node) const {
    Chain chain;
    if (node == nullptr) return std::nullopt;
    if (const auto* gelu = std::get_if<op::Gelu>(&node->op)) {
      chain.has_gelu = true;
      node = rewriter_.sole_producer(gelu->input);
      if (node == nullptr) return std::nullopt;
    }
    if (const auto* scale = std::get_if<op::Scale>(&node->op)) {
      chain.factor = scale->factor;
      node = rewriter_.sole_producer(scale->input);
      if (node == nullptr) return std::nullopt;
    }
    chain.linear = std::get_if<op::Linear>(&node->op);
    return chain.linear != nullptr ? std::optional(chain) : std::nullopt;
  }

  const Rewriter& rewriter_;
};

}  // namespace

Graph fuse_linear(const Graph& graph) {
  return rewrite(graph, [](Rewriter& rewriter, const Node& node) -> std::optional<ValueId> {
    const auto chain = Matcher(rewriter).match(node);
    if (!chain) return std::nullopt;
    op::FusedLinear fused{rewriter(chain->linear->input), rewriter(chain->linear->weight)};
    if (chain->linear->bias) fused.bias = rewriter(*chain->linear->bias);
    if (chain->residual) fused.residual = rewriter(*chain->residual);
    fused.factor = chain->factor;
    fused.has_gelu = chain->has_gelu;
    return rewriter.to().add(rewriter.from().value(node.output).name, fused);
  });
}

}  // namespace sotto::cpu

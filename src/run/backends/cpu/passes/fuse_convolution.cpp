#include "core/graph/rewriter.h"
#include "run/backends/cpu/passes/passes.h"

namespace sotto::cpu {

Graph fuse_convolution(const Graph& graph) {
  return rewrite(graph, [](Rewriter& rewriter, const Node& node) -> std::optional<ValueId> {
    const auto* gelu = std::get_if<op::Gelu>(&node.op);
    if (gelu == nullptr) return std::nullopt;
    const Node* producer = rewriter.sole_producer(gelu->input);
    const auto* conv = producer != nullptr ? std::get_if<op::Conv1d>(&producer->op) : nullptr;
    if (conv == nullptr) return std::nullopt;
    return rewriter.to().add(rewriter.from().value(node.output).name,
                             op::ConvGelu{rewriter(conv->input), rewriter(conv->weight),
                                          rewriter(conv->bias), conv->stride, conv->padding});
  });
}

}  // namespace sotto::cpu

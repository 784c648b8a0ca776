#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/graph/graph.h"

namespace sotto {

/// Makes a new graph out of an old one, node by node: what a pass is written with. Constants that
/// nothing reads any more are left behind.
class Rewriter {
 public:
  /// Takes over the name and the inputs of `from`, which must outlive the rewriter.
  explicit Rewriter(const Graph& from);

  [[nodiscard]] const Graph& from() const { return from_; }
  [[nodiscard]] Graph& to() { return to_; }

  /// Puts a node into the new graph as it is.
  ValueId keep(const Node& node);

  /// What a value of the old graph is in the new one. A constant is taken over when it is first
  /// asked for; another value must have been kept or replaced before.
  ValueId operator()(ValueId old);

  /// How many operands and outputs of the old graph are this value.
  [[nodiscard]] int uses(ValueId old) const { return uses_[old.index]; }
  /// The node of the old graph that computes a value; null for inputs and constants.
  [[nodiscard]] const Node* producer(ValueId old) const { return producers_[old.index]; }
  /// The same of a value that one operand alone is; null for others.
  [[nodiscard]] const Node* sole_producer(ValueId old) const {
    return uses(old) == 1 ? producer(old) : nullptr;
  }

 private:
  friend Graph rewrite(
      const Graph& from,
      const std::function<std::optional<ValueId>(Rewriter&, const Node&)>& replacement);

  void replace(const Node& node, std::optional<ValueId> by);

  const Graph& from_;
  Graph to_;
  std::vector<std::optional<ValueId>> places_;  ///< by the old ValueId::index
  std::vector<int> uses_;
  std::vector<const Node*> producers_;
};

/// The graph with each node replaced by what `replacement` adds to the new graph and names as its
/// output, or kept where it gives nothing. Nodes that no output depends on afterwards are dropped.
/// The result has no variable axis: its lengths are the longest. It is verified.
[[nodiscard]] Graph rewrite(
    const Graph& from,
    const std::function<std::optional<ValueId>(Rewriter&, const Node&)>& replacement);

}  // namespace sotto

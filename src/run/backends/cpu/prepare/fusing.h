#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/graph/graph.h"

namespace sotto::cpu {

/// A node and the elementwise nodes after it that run as part of it, in their order. The tail is
/// made of Scale, Gelu and Add; what lies between its nodes is never stored.
struct Chain {
  const Node* head = nullptr;
  std::vector<const Node*> tail;
  [[nodiscard]] ValueId output() const { return tail.empty() ? head->output : tail.back()->output; }
};

/// softmax(query · key + mask) · value, per head; the scores are never stored as a whole.
struct Attention {
  ValueId query;                ///< […, M, D]
  ValueId key;                  ///< […, D, N]
  std::optional<ValueId> mask;  ///< [M, N]
  ValueId value;                ///< […, N, E]
  ValueId output;               ///< […, M, E]
};

using Unit = std::variant<Chain, Attention>;

/// The value that a unit computes.
[[nodiscard]] ValueId output_of(const Unit& unit);

/// What it is, as the printer writes operations: "linear+gelu", "attention".
[[nodiscard]] std::string kind_of(const Unit& unit);

/// Groups the graph's nodes into what the CPU runs as one, in an order in which they can run. The
/// units refer to the graph's nodes.
[[nodiscard]] std::vector<Unit> fuse(const Graph& graph);

/// The operand of an Add that is not `value`.
[[nodiscard]] ValueId other_operand(const op::Add& add, ValueId value);

}  // namespace sotto::cpu

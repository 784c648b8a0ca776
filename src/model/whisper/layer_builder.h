#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/graph/graph.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Writes a piece of the model, as the paper has it, node by node. Constants carry their names in
/// the checkpoint without `prefix`, and nodes are named after their weights.
class LayerBuilder {
 public:
  LayerBuilder(const Checkpoint& checkpoint, std::string prefix, Graph& graph, std::int64_t heads)
      : checkpoint_(checkpoint), prefix_(std::move(prefix)), graph_(graph), heads_(heads) {}

  ValueId weight(const std::string& name);
  ValueId conv_gelu(const std::string& name, ValueId x, std::int64_t stride);
  ValueId layer_norm(const std::string& name, ValueId x) { return layer_norm(name, x, name); }
  ValueId layer_norm(const std::string& name, ValueId x, const std::string& output);
  ValueId linear(const std::string& name, ValueId x);
  ValueId linear_without_bias(const std::string& name, ValueId x);
  ValueId mlp(const std::string& block, ValueId x);
  ValueId add(const std::string& name, ValueId x, ValueId y);

  /// Multi-head attention of `x` over `source`; `mask` [queries, keys] is added to the scores.
  ValueId attention(const std::string& name, ValueId x, ValueId source,
                    std::optional<ValueId> mask);

  // The parts of attention, for keys and values that come from elsewhere.

  /// Queries [1, rows, state] by 1 / √width.
  ValueId scaled_query(const std::string& name, ValueId x);
  /// [1, rows, state] → [1, rows, heads, width], then its axes in `order`.
  ValueId split_heads(const std::string& name, ValueId x, std::vector<std::int64_t> order);
  /// query [1, heads, rows, width], key [1, heads, width, keys], value [1, heads, keys, width] →
  /// what attention gives, [1, rows, state].
  struct Heads {
    ValueId query, key, value;
    std::optional<ValueId> mask;
  };
  ValueId attend(const std::string& name, const Heads& heads);

 private:
  const Checkpoint& checkpoint_;
  std::string prefix_;
  Graph& graph_;
  std::int64_t heads_;
};

/// Throws usage unless `length` is from 1 to `most`.
void check_length(std::string_view what, std::int64_t length, std::int64_t most);

}  // namespace sotto

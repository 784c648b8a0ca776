#pragma once

#include <vector>

#include "core/graph/graph.h"

namespace sotto::test {

/// A dense row-major tensor in double precision.
struct PlainTensor {
  Shape shape;
  std::vector<double> values;
};

/// What one operation computes, written down as its definition in core/graph/op.h says, without a
/// thought for speed. `operands` are in the order of operands(op).
[[nodiscard]] PlainTensor compute_plainly(const Op& op, const std::vector<PlainTensor>& operands);

/// The caches of a CachedAttention after its rows have written to them; `operands` are its key,
/// value, key_cache, value_cache and slots.
[[nodiscard]] std::vector<PlainTensor> extend_cache_plainly(
    const std::vector<PlainTensor>& operands);

/// What a graph computes, node by node.
[[nodiscard]] std::vector<PlainTensor> run_plainly(const Graph& graph,
                                                   const std::vector<PlainTensor>& inputs);

}  // namespace sotto::test

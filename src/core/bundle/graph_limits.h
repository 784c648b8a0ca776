#pragma once

#include <cstddef>
#include <cstdint>

#include "core/bundle/dims.h"
#include "core/bundle/graph_table.h"
#include "core/graph/graph.h"

namespace sotto {

/// What a run of a graph takes at most, whatever a file says: so that one that Sotto did not write
/// cannot ask for more.
struct GraphLimits {
  std::size_t values = 0;  ///< of the graph before it was lowered
  std::int64_t multiply_adds = 0;
  std::int64_t activation_bytes = 0;
  std::int64_t constant_bytes = 0;
};

/// A graph's own numbers.
[[nodiscard]] GraphLimits limits_of(const Graph& graph);

/// An upper bound of the numbers of a model's graph, out of its dims alone: at most twice those of
/// the graph itself for every published size. `tokens` are those that the graph takes at once.
[[nodiscard]] GraphLimits limits_of(GraphKind kind, const WhisperDims& dims, std::int64_t tokens);

}  // namespace sotto

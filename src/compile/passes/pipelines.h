#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "core/graph/graph.h"

namespace sotto {

enum class GeluForm { exact, tanh };

struct LoweringOptions {
  GeluForm gelu = GeluForm::exact;
  /// Shown the graph after each pass that changed it, with the pass's name.
  std::function<void(std::string_view pass, const Graph& graph)> dump;
};

struct NamedPass {
  std::string_view name;
  Graph (*run)(const Graph&);
};

/// The passes of a lowering, in order.
[[nodiscard]] std::vector<NamedPass> lowering_passes(GeluForm gelu);

/// Lowers a graph of the model to fixed shapes, at most four axes, and operations that NPUs have:
/// runs lowering_passes(). Throws unsupported, naming the value, when something has more axes.
[[nodiscard]] Graph lower(const Graph& graph, const LoweringOptions& options = {});

}  // namespace sotto

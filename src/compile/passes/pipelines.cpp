#include "compile/passes/pipelines.h"

#include <string>

#include "compile/passes/passes.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::size_t kMostAxes = 4;

void check_axes(const Graph& graph) {
  for (const Value& value : graph.values()) {
    if (value.shape.size() <= kMostAxes) continue;
    fail(ErrorKind::unsupported, "graph ", graph.name(), ": expected at most ", kMostAxes,
         " axes, which is what NPUs take, found ", value.name, " of shape ",
         to_string(value.shape));
  }
}

}  // namespace

std::vector<NamedPass> lowering_passes(GeluForm gelu) {
  std::vector<NamedPass> passes{
      {"fix_lengths", fix_lengths},
      {"lower_linear", lower_linear},
      {"lower_convolution", lower_convolution},
      {"move_views", move_views},
      {"merge_views", merge_views},
      {"lower_layer_norm", lower_layer_norm},
  };
  if (gelu == GeluForm::tanh) passes.push_back({"approximate_gelu", approximate_gelu});
  return passes;
}

Graph lower(const Graph& graph, const LoweringOptions& options) {
  Graph lowered = graph;
  for (const NamedPass& pass : lowering_passes(options.gelu)) {
    Graph next = pass.run(lowered);
    if (options.dump && to_string(next) != to_string(lowered)) options.dump(pass.name, next);
    lowered = std::move(next);
  }
  check_axes(lowered);
  return lowered;
}

}  // namespace sotto

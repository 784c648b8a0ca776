#include "run/backends/backend.h"

namespace sotto {

Signature signature_of(const Graph& graph) {
  const auto variable = variable_axes(graph);
  const auto port = [&](ValueId id) {
    const Value& value = graph.value(id);
    const auto& axes = variable[id.index];
    const auto axis = axes.empty() ? std::nullopt : std::optional(axes.front());
    return Signature::Port{value.name, value.shape, axis};
  };
  Signature signature;
  for (const ValueId id : graph.inputs()) signature.inputs.push_back(port(id));
  for (const ValueId id : graph.outputs()) signature.outputs.push_back(port(id));
  return signature;
}

}  // namespace sotto

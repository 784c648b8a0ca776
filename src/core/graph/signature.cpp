#include "core/graph/signature.h"

namespace sotto {

Signature signature_of(const Graph& graph) {
  const auto variable = variable_axes(graph);
  const std::vector<bool> state = state_inputs(graph);
  const auto port = [&](ValueId id) {
    const Value& value = graph.value(id);
    const auto& axes = variable[id.index];
    Signature::Port described{value.name, value.shape};
    if (!axes.empty()) described.variable_axis = axes.front();
    described.dtype = value.dtype;
    described.is_state = state[id.index];
    return described;
  };
  Signature signature;
  for (const ValueId id : graph.inputs()) signature.inputs.push_back(port(id));
  for (const ValueId id : graph.outputs()) signature.outputs.push_back(port(id));
  return signature;
}

}  // namespace sotto

#include "run/backends/backend.h"

#include "core/base/error.h"

namespace sotto {

Signature signature_of(const Graph& graph) {
  const auto variable = variable_axes(graph);
  const std::vector<bool> state = state_inputs(graph);
  const auto port = [&](ValueId id) {
    const Value& value = graph.value(id);
    const auto& axes = variable[id.index];
    const auto axis = axes.empty() ? std::nullopt : std::optional(axes.front());
    return Signature::Port{value.name, value.shape, axis, value.dtype, state[id.index]};
  };
  Signature signature;
  for (const ValueId id : graph.inputs()) signature.inputs.push_back(port(id));
  for (const ValueId id : graph.outputs()) signature.outputs.push_back(port(id));
  return signature;
}

void Executable::bind_input(std::size_t index, Tensor& /*tensor*/) {
  fail(ErrorKind::unsupported, "input ", index, " cannot be bound: this back end keeps no state");
}

}  // namespace sotto

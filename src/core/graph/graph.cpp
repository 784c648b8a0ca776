#include "core/graph/graph.h"

#include <utility>

#include "core/base/error.h"

namespace sotto {

ValueId Graph::add_value(Value value) {
  values_.push_back(std::move(value));
  return {static_cast<std::uint32_t>(values_.size() - 1)};
}

ValueId Graph::add_input(std::string name, Shape shape, DType dtype) {
  const ValueId id = add_value({std::move(name), dtype, std::move(shape), std::nullopt});
  inputs_.push_back(id);
  return id;
}

ValueId Graph::add_constant(std::string name, TensorView view) {
  Shape shape = view.shape;
  const DType dtype = view.dtype;
  return add_value({std::move(name), dtype, std::move(shape), std::move(view)});
}

ValueId Graph::add(std::string name, Op op) {
  std::vector<Shape> shapes;
  for (const ValueId operand : operands(op)) shapes.push_back(shape(operand));
  try {
    Shape inferred = infer_shape(op, shapes);
    const ValueId output =
        add_value({std::move(name), DType::float32, std::move(inferred), std::nullopt});
    nodes_.push_back({std::move(op), output});
    return output;
  } catch (const Error& error) {
    fail(error.kind(), "graph ", name_, ", node ", name, " (", op_name(op), "): ", error.message());
  }
}

void Graph::add_output(ValueId id) {
  (void)value(id);
  outputs_.push_back(id);
}

void Graph::set_variable_axis(VariableAxis axis) { variable_axis_ = axis; }

void Graph::tie_to_variable_axis(VariableAxis axis) { tied_axes_.push_back(axis); }

const Value& Graph::value(ValueId id) const {
  if (id.index >= values_.size()) {
    fail(ErrorKind::internal, "graph ", name_, " has ", values_.size(), " values, found id ",
         id.index);
  }
  return values_[id.index];
}

std::vector<bool> state_inputs(const Graph& graph) {
  std::vector<bool> state(graph.values().size());
  for (const Node& node : graph.nodes()) {
    for (const ValueId cache : state_operands(node.op)) state[cache.index] = true;
  }
  return state;
}

}  // namespace sotto

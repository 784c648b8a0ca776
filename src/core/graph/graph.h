#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/tensor.h"
#include "core/graph/op.h"

namespace sotto {

/// A named tensor of a graph: an input, a constant, or what a node computes.
struct Value {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  std::optional<TensorView> constant;  ///< present for weights, tables and masks
};

/// One operation and the value that it computes.
struct Node {
  Op op;
  ValueId output;
};

/// An input axis whose extent is the longest allowed, not the only one: the decoder's sequence. The
/// graph computes the same for any shorter extent once every axis that follows from it is as short.
struct VariableAxis {
  ValueId input;
  std::int64_t axis = 0;
  bool operator==(const VariableAxis&) const = default;
};

/// A computation over tensors of fixed shapes: values in single assignment, nodes in an order in
/// which they can run. It knows nothing of Whisper and nothing of any device.
class Graph {
 public:
  explicit Graph(std::string name) : name_(std::move(name)) {}

  ValueId add_input(std::string name, Shape shape, DType dtype = DType::float32);
  ValueId add_constant(std::string name, TensorView view);
  /// Appends a node; infers the shape of its output. Throws mismatch, naming the node and the
  /// shapes, when the operands do not fit the operation.
  ValueId add(std::string name, Op op);
  void add_output(ValueId value);
  void set_variable_axis(VariableAxis axis);
  /// An axis of another input that always has the extent of the variable axis.
  void tie_to_variable_axis(VariableAxis axis);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Value>& values() const { return values_; }
  [[nodiscard]] const Value& value(ValueId id) const;
  [[nodiscard]] const Shape& shape(ValueId id) const { return value(id).shape; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<ValueId>& inputs() const { return inputs_; }
  [[nodiscard]] const std::vector<ValueId>& outputs() const { return outputs_; }
  [[nodiscard]] const std::optional<VariableAxis>& variable_axis() const { return variable_axis_; }
  [[nodiscard]] const std::vector<VariableAxis>& tied_axes() const { return tied_axes_; }

 private:
  ValueId add_value(Value value);

  std::string name_;
  std::vector<Value> values_;
  std::vector<Node> nodes_;
  std::vector<ValueId> inputs_;
  std::vector<ValueId> outputs_;
  std::optional<VariableAxis> variable_axis_;
  std::vector<VariableAxis> tied_axes_;
};

/// Throws internal, naming the value, unless the graph is well-formed: names unique, every operand
/// defined before its use, every shape what inference gives, outputs computed, integers only where
/// an operation takes them, caches inputs of their own.
void verify(const Graph& graph);

/// The graph as text, a line a value; constants by name and shape only. For people and for tests.
[[nodiscard]] std::string to_string(const Graph& graph);

/// For every value (by ValueId::index) whether it is a cache: an input whose contents must stay
/// from one run to the next, and which the graph writes to, or another one that shares it.
[[nodiscard]] std::vector<bool> state_inputs(const Graph& graph);

/// For every value (by ValueId::index) the axes whose extent follows the graph's variable axis,
/// sorted. All empty without one. Throws unsupported when an operation mixes it with another axis.
[[nodiscard]] std::vector<std::vector<std::int64_t>> variable_axes(const Graph& graph);

/// What running a graph once costs.
struct GraphCost {
  std::int64_t multiply_adds = 0;
  std::int64_t constant_bytes = 0;    ///< of the constants as they are stored
  std::int64_t activation_bytes = 0;  ///< of all computed values, as if none shared memory
};
[[nodiscard]] GraphCost cost(const Graph& graph);

}  // namespace sotto

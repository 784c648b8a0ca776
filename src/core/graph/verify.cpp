#include <unordered_set>

#include "core/base/error.h"
#include "core/graph/graph.h"

namespace sotto {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph) : graph_(graph), defined_(graph.values().size(), false) {}

  void run() {
    check_names();
    for (const ValueId input : graph_.inputs()) define(input);
    for (std::uint32_t index = 0; index < graph_.values().size(); ++index) {
      if (graph_.values()[index].constant) define({index});
    }
    for (const Node& node : graph_.nodes()) check_node(node);
    check_state();
    check_ends();
  }

 private:
  template <class... Parts>
  [[noreturn]] void reject(const Parts&... parts) const {
    fail(ErrorKind::internal, "graph ", graph_.name(), ": ", parts...);
  }

  void check_names() const {
    std::unordered_set<std::string> names;
    for (const Value& value : graph_.values()) {
      if (value.name.empty() || !names.insert(value.name).second) {
        reject("expected every value to have a name of its own, found \"", value.name, "\" again");
      }
    }
  }

  void define(ValueId id) {
    if (graph_.value(id).constant && graph_.value(id).constant->shape != graph_.shape(id)) {
      reject("constant ", graph_.value(id).name, " differs in shape from its data");
    }
    if (defined_[id.index]) reject("value ", graph_.value(id).name, " is defined twice");
    defined_[id.index] = true;
  }

  void check_node(const Node& node) {
    const Value& output = graph_.value(node.output);
    std::vector<Shape> shapes;
    for (const ValueId operand : operands(node.op)) {
      const Value& value = graph_.value(operand);
      if (!defined_[operand.index]) reject(output.name, " uses ", value.name, " before it exists");
      check_dtype(node, operand);
      shapes.push_back(value.shape);
    }
    const Shape inferred = infer_shape(node.op, shapes);
    if (inferred != output.shape) {
      reject("expected ", output.name, " to have shape ", to_string(inferred), ", found ",
             to_string(output.shape));
    }
    define(node.output);
  }

  void check_dtype(const Node& node, ValueId operand) const {
    const bool is_table = integer_operand(node.op) == operand;
    const DType dtype = graph_.value(operand).dtype;
    const bool fits =
        is_table ? dtype == DType::int32 : dtype != DType::int32 && dtype != DType::int64;
    if (fits) return;
    reject("expected ", graph_.value(node.output).name, " to read ", is_table ? "int32" : "floats",
           ", found ", graph_.value(operand).name, " of ", to_string(dtype));
  }

  // What is written in place is an input, and one operand reads it, so that no order matters.
  void check_state() const {
    const std::vector<bool> state = state_inputs(graph_);
    std::vector<int> uses(state.size());
    for (const Node& node : graph_.nodes()) {
      for (const ValueId operand : operands(node.op)) ++uses[operand.index];
    }
    for (const ValueId output : graph_.outputs()) ++uses[output.index];
    std::vector<bool> is_input(state.size());
    for (const ValueId input : graph_.inputs()) is_input[input.index] = true;
    for (std::size_t index = 0; index < state.size(); ++index) {
      if (!state[index] || (is_input[index] && uses[index] == 1)) continue;
      reject("expected the cache ", graph_.values()[index].name,
             " to be an input that nothing else uses");
    }
  }

  void check_ends() const {
    if (graph_.outputs().empty()) reject("it has no output");
    for (const ValueId output : graph_.outputs()) {
      if (!defined_[output.index]) reject("output ", graph_.value(output).name, " is not computed");
    }
    for (std::size_t index = 0; index < defined_.size(); ++index) {
      if (!defined_[index]) reject("value ", graph_.values()[index].name, " is never computed");
    }
  }

  const Graph& graph_;
  std::vector<bool> defined_;
};

}  // namespace

void verify(const Graph& graph) { Verifier(graph).run(); }

}  // namespace sotto

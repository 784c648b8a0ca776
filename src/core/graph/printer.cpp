#include <sstream>

#include "core/graph/graph.h"

namespace sotto {
namespace {

void print_declaration(std::ostringstream& out, std::string_view kind, const Value& value) {
  out << "  " << kind << ' ' << value.name << ": " << to_string(value.dtype)
      << to_string(value.shape) << '\n';
}

void print_node(std::ostringstream& out, const Graph& graph, const Node& node) {
  const Value& output = graph.value(node.output);
  out << "  " << output.name << ": " << to_string(output.shape) << " = " << op_name(node.op) << '(';
  std::string_view separator;
  for (const ValueId operand : operands(node.op)) {
    out << separator << graph.value(operand).name;
    separator = ", ";
  }
  out << ')';
  const std::string notes = attributes(node.op);
  if (!notes.empty()) out << ' ' << notes;
  out << '\n';
}

}  // namespace

std::string to_string(const Graph& graph) {
  std::ostringstream out;
  out << "graph " << graph.name() << " {\n";
  for (const ValueId input : graph.inputs()) print_declaration(out, "input", graph.value(input));
  for (const Value& value : graph.values()) {
    if (value.constant) print_declaration(out, "constant", value);
  }
  for (const Node& node : graph.nodes()) print_node(out, graph, node);
  for (const ValueId output : graph.outputs()) {
    out << "  return " << graph.value(output).name << '\n';
  }
  out << "}\n";
  return out.str();
}

}  // namespace sotto

#include "core/torchscript/torchscript_code.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <string_view>

#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::string_view kLength = "length";

bool is_identifier(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

// Turns value names into identifiers, each a different one.
class Names {
 public:
  Names(std::string_view graph, std::set<std::string> reserved)
      : graph_(graph), taken_(std::move(reserved)) {}

  std::string identifier(const std::string& name) {
    std::string text = name;
    std::replace(text.begin(), text.end(), '.', '_');
    if (!is_identifier(text) || !taken_.insert(text).second) {
      fail(ErrorKind::unsupported, "graph ", graph_, ": the name ", name,
           " cannot be used in TorchScript, where it would be ", text);
    }
    return text;
  }

 private:
  std::string graph_;
  std::set<std::string> taken_;
};

// The shortest text that reads back as the same float32.
std::string number_text(float value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

// The axes of `from` that become one in `to`, everything else being equal: [first, last].
struct Merge {
  std::size_t first = 0;
  std::size_t last = 0;
};
std::optional<Merge> find_merge(const Shape& from, const Shape& to) {
  if (to.empty() || from.size() <= to.size()) return std::nullopt;
  const std::size_t gone = from.size() - to.size();
  for (std::size_t first = 0; first < to.size(); ++first) {
    const auto begin = from.begin() + static_cast<std::ptrdiff_t>(first);
    const auto end = begin + static_cast<std::ptrdiff_t>(gone) + 1;
    const auto target = to.begin() + static_cast<std::ptrdiff_t>(first);
    if (num_elements({begin, end}) == *target && std::equal(end, from.end(), target + 1, to.end()))
      return Merge{first, first + gone};
    if (*begin != *target) break;
  }
  return std::nullopt;
}

// True when `to` is `from` with one axis cut in several: a view whatever the strides.
bool is_split(const Shape& from, const Shape& to) { return find_merge(to, from).has_value(); }

class CodeWriter {
 public:
  explicit CodeWriter(const Graph& graph)
      : graph_(graph),
        variable_(variable_axes(graph)),
        attributes_(graph.name(), {"training", "_is_full_backward_hook", "forward"}),
        locals_(graph.name(), {"self", "torch", "ops", "int", "CONSTANTS", std::string(kLength)}),
        references_(graph.values().size()) {}

  TorchScriptCode write() {
    code_.class_name = graph_.name();
    if (!is_identifier(graph_.name())) {
      fail(ErrorKind::unsupported, "graph ", graph_.name(), ": cannot be a TorchScript class");
    }
    add_buffers();
    const std::string signature = make_signature();
    if (graph_.variable_axis()) read_length(*graph_.variable_axis());
    for (const Node& node : graph_.nodes()) add_statement(node);
    code_.text = declarations() + signature + body_ + "    return " + returned() + "\n";
    return std::move(code_);
  }

 private:
  void add_buffers() {
    for (std::uint32_t index = 0; index < graph_.values().size(); ++index) {
      const Value& value = graph_.values()[index];
      if (!value.constant) continue;
      code_.buffers.push_back({attributes_.identifier(value.name), {index}});
      references_[index] = concat("self.", code_.buffers.back().attribute);
    }
  }

  std::string declarations() const {
    std::string names;
    std::string types;
    for (const TorchScriptBuffer& buffer : code_.buffers) {
      names += concat('"', buffer.attribute, "\", ");
      types += concat("  ", buffer.attribute, " : Tensor", comment(buffer.value), "\n");
    }
    return concat("class ", code_.class_name, "(Module):\n", "  __parameters__ = []\n",
                  "  __buffers__ = [", names, "]\n", types, "  training : bool\n",
                  "  _is_full_backward_hook : Optional[bool]\n");
  }

  std::string make_signature() {
    std::string parameters;
    for (const ValueId input : graph_.inputs()) {
      references_[input.index] = locals_.identifier(graph_.value(input).name);
      parameters += concat(",\n    ", references_[input.index], ": Tensor");
    }
    std::string type = "Tensor";
    for (std::size_t i = 1; i < graph_.outputs().size(); ++i) type += ", Tensor";
    if (graph_.outputs().size() > 1) type = concat("Tuple[", type, "]");
    return concat("  def forward(self: __torch__.", code_.class_name, parameters, ") -> ", type,
                  ":\n");
  }

  std::string returned() const {
    std::string names;
    for (const ValueId output : graph_.outputs()) {
      names += (names.empty() ? "" : ", ") + references_[output.index];
    }
    return graph_.outputs().size() > 1 ? concat("(", names, ")") : names;
  }

  // Every axis that varies is as long as this one, so one look at the input serves all.
  void read_length(const VariableAxis& axis) {
    body_ += concat("    ", kLength, " = int(ops.prim.NumToTensor(torch.size(",
                    references_[axis.input.index], ", ", axis.axis, ")))\n");
  }

  void add_statement(const Node& node) {
    const std::string call =
        std::visit([&](const auto& op) { return expression(op, node.output); }, node.op);
    std::string& name = references_[node.output.index];
    name = locals_.identifier(graph_.value(node.output).name);
    body_ += concat("    ", name, " = ", call, comment(node.output), "\n");
  }

  // Shapes, for people who read the file; torch passes over comments.
  std::string comment(ValueId id) const { return "  # " + extents(id); }

  template <class... Arguments>
  static std::string call(std::string_view name, const Arguments&... arguments) {
    std::string list;
    ((list += concat(list.empty() ? "" : ", ", arguments)), ...);
    return concat("torch.", name, "(", list, ")");
  }

  const std::string& of(ValueId id) const { return references_[id.index]; }

  bool varies(ValueId id, std::int64_t axis) const {
    const auto& axes = variable_[id.index];
    return std::binary_search(axes.begin(), axes.end(), axis);
  }

  std::string extent(ValueId id, std::int64_t axis) const {
    return varies(id, axis) ? std::string(kLength)
                            : concat(graph_.shape(id)[static_cast<std::size_t>(axis)]);
  }

  std::string extents(ValueId id) const {
    std::string list;
    for (std::size_t axis = 0; axis < graph_.shape(id).size(); ++axis) {
      list += (axis == 0 ? "" : ", ") + extent(id, static_cast<std::int64_t>(axis));
    }
    return concat("[", list, "]");
  }

  // Stride, padding and dilation of the one axis; not transposed, no output padding, one group;
  // then the flags of cuDNN as a trace records them.
  std::string expression(const op::Conv1d& op, ValueId) const {
    return call("_convolution", of(op.input), of(op.weight), of(op.bias),
                to_string(Shape{op.stride}), to_string(Shape{op.padding}), "[1]", "False", "[0]",
                "1", "False", "False", "True", "True");
  }

  std::string expression(const op::Linear& op, ValueId) const {
    return op.bias ? call("linear", of(op.input), of(op.weight), of(*op.bias))
                   : call("linear", of(op.input), of(op.weight));
  }

  std::string expression(const op::MatMul& op, ValueId) const {
    return call("matmul", of(op.a), of(op.b));
  }

  std::string expression(const op::Softmax& op, ValueId) const {
    return call("softmax", of(op.input), "-1");
  }

  std::string expression(const op::LayerNorm& op, ValueId) const {
    return call("layer_norm", of(op.input), to_string(graph_.shape(op.weight)), of(op.weight),
                of(op.bias), number_text(op.epsilon));
  }

  std::string expression(const op::Gelu& op, ValueId) const { return call("gelu", of(op.input)); }

  std::string expression(const op::Add& op, ValueId) const {
    return call("add", of(op.a), of(op.b));
  }

  // A trace holds the factor as a tensor without axes.
  std::string expression(const op::Scale& op, ValueId) {
    auto& factors = code_.factors;
    const auto found = std::find(factors.begin(), factors.end(), op.factor);
    const auto index = found - factors.begin();
    if (found == factors.end()) factors.push_back(op.factor);
    return call("mul", of(op.input), concat("CONSTANTS.c", index));
  }

  std::string expression(const op::Reshape& op, ValueId output) const {
    const Shape& from = graph_.shape(op.input);
    if (const auto merge = find_merge(from, op.shape)) {
      return call("flatten", of(op.input), merge->first, merge->last);
    }
    if (is_split(from, op.shape)) return call("view", of(op.input), extents(output));
    // A single axis can be cut into anything, and flatten() brings any strides to it.
    return call("view", call("flatten", of(op.input)), extents(output));
  }

  std::string expression(const op::Transpose& op, ValueId) const {
    return call("permute", of(op.input), to_string(op.order));
  }

  std::string expression(const op::TakeLike& op, ValueId output) const {
    return call("slice", of(op.table), op.axis, "0", extent(output, op.axis));
  }

  std::string expression(const AnyOf<op::CachedAttention, op::KeepRows, op::WindowAttention> auto&,
                         ValueId output) const {
    fail(ErrorKind::unsupported, "graph ", graph_.name(),
         ": TorchScript files hold no cache, which ", graph_.value(output).name,
         " would keep from one run to the next");
  }

  std::string expression(const op::Concat& op, ValueId) const {
    std::string list;
    for (const ValueId input : op.inputs) list += (list.empty() ? "" : ", ") + of(input);
    return call("cat", concat("[", list, "]"), op.axis);
  }

  std::string expression(const op::Slice& op, ValueId) const {
    return call("slice", of(op.input), op.axis, op.first, op.first + op.count);
  }

  std::string expression(const op::Lowered auto& op, ValueId output) const {
    fail(ErrorKind::unsupported, "graph ", graph_.name(), ": TorchScript files are written before ",
         "lowering, which made ", op_name(op), " ", graph_.value(output).name);
  }

  const Graph& graph_;
  std::vector<std::vector<std::int64_t>> variable_;
  Names attributes_;
  Names locals_;
  std::vector<std::string> references_;  // by ValueId::index: how the text names the value
  std::string body_;
  TorchScriptCode code_;
};

}  // namespace

TorchScriptCode torchscript_code(const Graph& graph) { return CodeWriter(graph).write(); }

}  // namespace sotto

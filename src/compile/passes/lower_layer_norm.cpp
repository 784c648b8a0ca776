#include <cmath>

#include "compile/passes/passes.h"
#include "core/graph/rewriter.h"

namespace sotto {
namespace {

using Kind = op::Binary::Kind;

// What a constant row is divided by. m cancels out, so it does not matter for other rows; and √ε
// over it, squared, is far below 65504.
constexpr float kLeastMagnitude = 0x1p-10F;

/// Adds nodes that are named after the layer norm that they are parts of.
class Parts {
 public:
  Parts(Graph& graph, std::string name) : graph_(graph), name_(std::move(name)) {}

  ValueId add(const char* part, Op op) { return graph_.add(name_ + part, std::move(op)); }
  ValueId binary(const char* part, Kind kind, ValueId a, ValueId b) {
    return add(part, op::Binary{kind, a, b});
  }
  ValueId number(const char* part, float value) {
    return graph_.add_constant(name_ + part, own_values({1}, {value}));
  }

 private:
  Graph& graph_;
  std::string name_;
};

// With d = x − mean and m = max |d| (or kLeastMagnitude):
//   d / √(mean(d²) + ε) = u / √(mean(u²) + (√ε / m)²),  u = d / m,
// where no square is larger than 1 and mean(u²) is at least 1 / N. Half precision squares no
// |d| from 256 on, and Whisper's reach 1500.
ValueId normalize(Rewriter& to, const op::LayerNorm& norm, const std::string& name) {
  Parts parts(to.to(), name);
  const ValueId x = to(norm.input);
  const ValueId mean = parts.add(".mean", op::Reduce{op::Reduce::Kind::mean, x});
  const ValueId d = parts.binary(".centered", Kind::subtract, x, mean);
  const ValueId sizes = parts.add(".sizes", op::Unary{op::Unary::Kind::absolute, d});
  const ValueId largest = parts.add(".largest", op::Reduce{op::Reduce::Kind::maximum, sizes});
  const ValueId m =
      parts.binary(".magnitude", Kind::maximum, largest, parts.number(".least", kLeastMagnitude));
  const ValueId u = parts.binary(".unit", Kind::divide, d, m);
  const ValueId squares = parts.binary(".squares", Kind::multiply, u, u);
  const ValueId variance = parts.add(".variance", op::Reduce{op::Reduce::Kind::mean, squares});
  const ValueId root = parts.binary(".small", Kind::divide,
                                    parts.number(".root_epsilon", std::sqrt(norm.epsilon)), m);
  const ValueId epsilon = parts.binary(".epsilon", Kind::multiply, root, root);
  const ValueId sum = parts.binary(".denominator", Kind::add, variance, epsilon);
  const ValueId inverse = parts.add(".inverse", op::Unary{op::Unary::Kind::reciprocal_sqrt, sum});
  const ValueId unit = parts.binary(".normalized", Kind::multiply, u, inverse);
  const ValueId scaled = parts.binary(".scaled", Kind::multiply, unit, to(norm.weight));
  return parts.binary("", Kind::add, scaled, to(norm.bias));
}

}  // namespace

Graph lower_layer_norm(const Graph& graph) {
  return rewrite(graph, [](Rewriter& to, const Node& node) -> std::optional<ValueId> {
    const auto* norm = std::get_if<op::LayerNorm>(&node.op);
    if (norm == nullptr) return std::nullopt;
    return normalize(to, *norm, to.from().value(node.output).name);
  });
}

}  // namespace sotto

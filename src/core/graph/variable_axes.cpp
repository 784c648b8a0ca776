#include <algorithm>

#include "core/base/error.h"
#include "core/graph/graph.h"

namespace sotto {
namespace {

using Axes = std::vector<std::int64_t>;

// Follows the variable axis through the operations, in the order in which they run.
class Tracer {
 public:
  explicit Tracer(const Graph& graph) : graph_(graph), axes_(graph.values().size()) {}

  std::vector<Axes> run() {
    const auto& variable = graph_.variable_axis();
    if (!variable) return std::move(axes_);
    axes_[variable->input.index] = {variable->axis};
    for (const VariableAxis& tied : graph_.tied_axes()) axes_[tied.input.index] = {tied.axis};
    for (const Node& node : graph_.nodes()) {
      current_ = &node;
      Axes& output = axes_[node.output.index];
      output = std::visit([this](const auto& op) { return follow(op); }, node.op);
      std::sort(output.begin(), output.end());
      output.erase(std::unique(output.begin(), output.end()), output.end());
    }
    return std::move(axes_);
  }

 private:
  [[noreturn]] void reject() const {
    fail(ErrorKind::unsupported, "graph ", graph_.name(), ": ", op_name(current_->op), " ",
         graph_.value(current_->output).name, " mixes the variable axis with another");
  }

  const Axes& of(ValueId id) const { return axes_[id.index]; }
  std::int64_t rank(ValueId id) const { return static_cast<std::int64_t>(graph_.shape(id).size()); }
  bool varies(ValueId id, std::int64_t axis) const {
    return std::binary_search(of(id).begin(), of(id).end(), axis);
  }
  const Axes& fixed(ValueId id) const {
    if (!of(id).empty()) reject();
    return of(id);
  }

  Axes follow(const op::Conv1d& op) const { return fixed(op.input); }

  Axes follow(const op::Linear& op) const {
    if (varies(op.input, rank(op.input) - 1)) reject();
    return of(op.input);
  }

  Axes follow(const op::MatMul& op) const {
    const std::int64_t last = rank(op.a) - 1;
    if (varies(op.a, last) != varies(op.b, last - 1)) reject();
    Axes axes;
    for (std::int64_t axis = 0; axis < last; ++axis) {
      if (varies(op.a, axis)) axes.push_back(axis);
    }
    if (varies(op.b, last)) axes.push_back(last);
    return axes;
  }

  // Along a variable axis softmax sees fewer scores, which the shorter graph means it to.
  Axes follow(const op::Softmax& op) const { return of(op.input); }

  Axes follow(const op::LayerNorm& op) const {
    if (varies(op.input, rank(op.input) - 1)) reject();
    return of(op.input);
  }

  Axes follow(const op::Gelu& op) const { return of(op.input); }
  Axes follow(const op::Scale& op) const { return of(op.input); }

  // A trailing operand must vary exactly where the other does.
  Axes follow(const op::Add& op) const {
    const std::int64_t shift = rank(op.a) - rank(op.b);
    for (std::int64_t axis = 0; axis < rank(op.b); ++axis) {
      if (varies(op.a, axis + shift) != varies(op.b, axis)) reject();
    }
    return of(op.a);
  }

  // An axis survives where the elements before it and its own extent are the same on both sides.
  Axes follow(const op::Reshape& op) const {
    const Shape& from = graph_.shape(op.input);
    Axes axes;
    for (const std::int64_t axis : of(op.input)) {
      const auto place = static_cast<std::size_t>(axis);
      const std::int64_t before = num_elements({from.begin(), from.begin() + axis});
      std::int64_t product = 1;
      std::size_t target = 0;
      while (target < op.shape.size() && (product != before || op.shape[target] != from[place])) {
        product *= op.shape[target++];
      }
      if (target == op.shape.size()) reject();
      axes.push_back(static_cast<std::int64_t>(target));
    }
    return axes;
  }

  Axes follow(const op::Transpose& op) const {
    Axes axes;
    for (std::size_t place = 0; place < op.order.size(); ++place) {
      if (varies(op.input, op.order[place])) axes.push_back(static_cast<std::int64_t>(place));
    }
    return axes;
  }

  Axes follow(const op::TakeLike& op) const {
    Axes axes = of(op.table);
    if (varies(op.like, op.like_axis)) axes.push_back(op.axis);
    return axes;
  }

  // Rows vary together with their tables; the cache stays as it is.
  Axes follow(const op::CachedAttention& op) const {
    Axes rows = of(op.query).empty() ? Axes{} : Axes{1};
    const Axes tables = rows.empty() ? Axes{} : Axes{0};
    const bool together = of(op.query) == rows && of(op.key) == rows && of(op.value) == rows &&
                          of(op.slots) == tables;
    if (!together) reject();
    (void)fixed(op.key_cache);
    (void)fixed(op.value_cache);
    return rows;
  }

  // As above: the windows stay as they are.
  Axes follow(const op::WindowAttention& op) const {
    Axes rows = of(op.query).empty() ? Axes{} : Axes{1};
    const Axes numbers = rows.empty() ? Axes{} : Axes{0};
    if (of(op.query) != rows || of(op.windows) != numbers) reject();
    (void)fixed(op.keys);
    (void)fixed(op.values);
    return rows;
  }

  // What the graphs of a variable length have no use for.
  Axes follow(const op::KeepRows& op) const { return all_fixed(op); }
  Axes follow(const op::Concat& op) const { return all_fixed(op); }
  Axes follow(const op::Slice& op) const { return all_fixed(op); }
  Axes follow(const op::Lowered auto& op) const { return all_fixed(op); }

  Axes all_fixed(const Op& op) const {
    for (const ValueId operand : operands(op)) (void)fixed(operand);
    return {};
  }

  const Graph& graph_;
  std::vector<Axes> axes_;
  const Node* current_ = nullptr;
};

}  // namespace

std::vector<std::vector<std::int64_t>> variable_axes(const Graph& graph) {
  return Tracer(graph).run();
}

}  // namespace sotto

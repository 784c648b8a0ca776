#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/graph/graph.h"
#include "run/backends/cpu/prepare/packed_weights.h"
#include "run/backends/cpu/steps/primitive_step.h"

namespace sotto::cpu {

/// A graph on its way to steps: knows where each value lies, hands out operands in the layout that
/// a primitive wants (copying only where no view will do), and collects the steps.
class Preparation {
 public:
  /// `bound` has, for each input in order, where its tensor is bound; null where it is copied in.
  Preparation(const Graph& graph, PackedWeights& weights, const OneDnn& onednn,
              std::span<const BoundInput* const> bound);

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] const OneDnn& onednn() const { return onednn_; }
  [[nodiscard]] PackedWeights& weights() { return weights_; }

  /// The constant that this value is or views; nullptr for computed values and inputs.
  [[nodiscard]] const TensorView* constant(ValueId id) const;

  /// An operand as it lies.
  [[nodiscard]] Operand read(ValueId id);
  /// The elements in row-major order, under a shape with as many.
  [[nodiscard]] Operand read_dense(ValueId id, const Shape& shape);
  /// The elements under a shape with as many, with stride 1 along the last axis.
  [[nodiscard]] Operand read_rows(ValueId id, const Shape& shape);
  /// An operand that lies exactly as asked.
  [[nodiscard]] Operand read_as(ValueId id, const Layout& layout);

  /// Gives a computed value its memory.
  Operand write(ValueId id, const Layout& layout);
  /// The layout that spares the readers of a value a copy: dense unless its only reader is a
  /// transpose that leaves the last axis in its place.
  [[nodiscard]] Layout preferred_layout(ValueId id) const;
  /// Makes `id` another name for the elements of `source`, or for a prefix of them.
  void alias(ValueId id, ValueId source, const Layout& layout);
  /// Makes `id` a name for an operand.
  void alias(ValueId id, const Operand& operand);
  /// Where a value lies; for a constant, as it lies in its file.
  [[nodiscard]] const Layout& layout(ValueId id) const;

  /// Where steps get memory that only they use.
  [[nodiscard]] Buffers& buffers() { return buffers_; }

  void add(std::unique_ptr<Step> step) { steps_.push_back(std::move(step)); }
  /// Adds a step for a primitive; scratch memory as its description asks for is added.
  template <class Primitive>
  void add_primitive(const typename Primitive::primitive_desc& desc,
                     std::vector<PrimitiveStep::Argument> arguments) {
    const auto scratchpad = desc.scratchpad_desc();
    if (scratchpad.get_size() > 0) {
      arguments.push_back({DNNL_ARG_SCRATCHPAD, scratchpad, buffers_.add(scratchpad.get_size())});
    }
    add(std::make_unique<PrimitiveStep>(onednn_, Primitive(desc), std::move(arguments)));
  }

  /// How many have been added so far.
  [[nodiscard]] std::size_t step_count() const { return steps_.size(); }
  [[nodiscard]] std::vector<std::unique_ptr<Step>> take_steps() { return std::move(steps_); }

 private:
  struct Place {
    std::optional<TensorView> constant;  ///< not converted until somebody reads it
    Storage storage;                     ///< meaningless for a constant
    Layout layout;
  };

  [[nodiscard]] Operand copy(const Operand& source, const Layout& layout);

  const Graph& graph_;
  PackedWeights& weights_;
  const OneDnn& onednn_;
  std::vector<std::optional<Place>> places_;       ///< by ValueId::index
  std::vector<std::vector<const Node*>> readers_;  ///< by ValueId::index
  Buffers buffers_;
  std::vector<std::unique_ptr<Step>> steps_;
};

/// The argument of a primitive that lies where an operand does.
[[nodiscard]] PrimitiveStep::Argument argument(int id, const Operand& operand);

}  // namespace sotto::cpu

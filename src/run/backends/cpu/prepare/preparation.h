#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/graph/graph.h"
#include "run/backends/cpu/prepare/numerics.h"
#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// A graph on its way to steps: knows where each value lies and as what, hands out operands as a
/// step wants them (copying only where no view will do), and collects the steps.
class Preparation {
 public:
  /// `bound` has, for each input in order, where its tensor is bound; null where it is copied in.
  Preparation(const Graph& graph, PackedWeights& weights, const Numerics& numerics,
              std::span<const BoundInput* const> bound);

  [[nodiscard]] const Graph& graph() const { return graph_; }
  [[nodiscard]] PackedWeights& weights() { return weights_; }
  [[nodiscard]] const Numerics& numerics() const { return numerics_; }
  [[nodiscard]] const Kernels& kernels() const { return numerics_.kernels; }
  [[nodiscard]] int threads() const { return numerics_.threads; }

  /// The constant that this value is or views; nullptr for computed values and inputs.
  [[nodiscard]] const TensorView* constant(ValueId id) const;
  /// A constant in a form.
  [[nodiscard]] Storage packed(const TensorView& constant, WeightForm form);

  /// An operand as it lies.
  [[nodiscard]] Operand read(ValueId id);
  /// The elements as float32 in row-major order, under a shape with as many.
  [[nodiscard]] Operand read_dense(ValueId id, const Shape& shape);
  /// A matrix [R, C] with as many elements and stride 1 along C, of the type `element`.
  [[nodiscard]] Operand read_rows(ValueId id, const Shape& matrix, Element element);
  /// An operand of float32 that lies exactly as asked.
  [[nodiscard]] Operand read_as(ValueId id, const Layout& layout);

  /// A matrix [R, C] with stride 1 along C in a type of elements.
  [[nodiscard]] Operand in_element(const Operand& matrix, Element element);

  /// Gives a computed value its memory.
  Operand write(ValueId id, const Layout& layout, Element element = Element::f32);
  /// The layout that spares the readers of a value a copy: dense unless its only reader is a
  /// transpose that leaves the last axis in its place.
  [[nodiscard]] Layout preferred_layout(ValueId id) const;
  /// The type of elements that all readers of a value read it in; float32 where they differ, or
  /// where it leaves the graph. int8 only where none of them reads it through a view.
  [[nodiscard]] Element wanted(ValueId id) const;
  /// The same where views do not matter.
  [[nodiscard]] Element wanted_through_views(ValueId id) const;

  /// Makes `id` another name for the elements of `source`, or for a prefix of them.
  void alias(ValueId id, ValueId source, const Layout& layout);
  /// Makes `id` a name for an operand.
  void alias(ValueId id, const Operand& operand);
  /// Where a value lies; for a constant, as it lies in its file.
  [[nodiscard]] const Layout& layout(ValueId id) const;

  /// Where steps get memory that only they use.
  [[nodiscard]] Buffers& buffers() { return buffers_; }

  /// Adds a step of what is being prepared.
  void add(std::unique_ptr<Step> step);
  /// What is being prepared, for the names of steps.
  void begin(ValueId id) { current_ = id; }

  /// How many have been added so far.
  [[nodiscard]] std::size_t step_count() const { return steps_.size(); }
  /// Of all constants that were packed or found packed, each in each form once.
  [[nodiscard]] std::size_t weight_bytes() const;

  [[nodiscard]] std::vector<std::unique_ptr<Step>> take_steps() { return std::move(steps_); }

 private:
  struct Place {
    std::optional<TensorView> constant;  ///< not converted until somebody reads it
    Storage storage;                     ///< meaningless for a constant
    Layout layout;
    Element element = Element::f32;
  };

  [[nodiscard]] Operand copy(const Operand& source, const Layout& layout);
  [[nodiscard]] Element element_read_by(const Node& reader, ValueId id) const;

  const Graph& graph_;
  PackedWeights& weights_;
  const Numerics& numerics_;
  std::vector<std::optional<Place>> places_;       ///< by ValueId::index
  std::vector<std::vector<const Node*>> readers_;  ///< by ValueId::index
  struct Converted {
    Layout from;
    Operand to;
  };
  std::map<std::pair<std::size_t, Element>, Converted> converted_;  ///< by buffer and type
  std::map<const std::byte*, std::size_t> packed_;  ///< constants that steps read, and their bytes
  Buffers buffers_;
  std::vector<std::unique_ptr<Step>> steps_;
  ValueId current_{};
};

}  // namespace sotto::cpu

#include "run/backends/cpu/prepare/preparation.h"

#include <algorithm>

#include "core/base/error.h"

namespace sotto::cpu {

Preparation::Preparation(const Graph& graph, PackedWeights& weights, const OneDnn& onednn,
                         std::span<const BoundInput* const> bound)
    : graph_(graph),
      weights_(weights),
      onednn_(onednn),
      places_(graph.values().size()),
      readers_(graph.values().size()) {
  for (std::size_t index = 0; index < graph.values().size(); ++index) {
    const Value& value = graph.values()[index];
    if (num_elements(value.shape) == 0) {
      fail(ErrorKind::unsupported, "the cpu back end expected values with elements, found ",
           value.name, " of shape ", to_string(value.shape));
    }
    if (value.constant) {
      const TensorView& view = *value.constant;
      places_[index] = Place{view, BufferId{}, {view.shape, view.strides}};
    }
  }
  for (std::size_t i = 0; i < graph.inputs().size(); ++i) {
    const ValueId id = graph.inputs()[i];
    const Layout layout = dense_layout(graph.shape(id));
    if (bound[i] != nullptr) {
      places_[id.index] = Place{std::nullopt, bound[i], layout};
    } else {
      write(id, layout);
    }
  }
  for (const Node& node : graph.nodes()) {
    for (const ValueId id : operands(node.op)) readers_[id.index].push_back(&node);
  }
}

const TensorView* Preparation::constant(ValueId id) const {
  const auto& place = places_[id.index];
  return place && place->constant ? &*place->constant : nullptr;
}

const Layout& Preparation::layout(ValueId id) const { return places_[id.index]->layout; }

Operand Preparation::read(ValueId id) {
  const Place& place = *places_[id.index];
  if (place.constant) return {weights_.dense(*place.constant), dense_layout(place.layout.shape)};
  return {place.storage, place.layout};
}

Operand Preparation::read_dense(ValueId id, const Shape& shape) {
  const Operand operand = read(id);
  if (is_dense(operand.layout)) return {operand.storage, dense_layout(shape)};
  const Operand dense = copy(operand, dense_layout(operand.layout.shape));
  return {dense.storage, dense_layout(shape)};
}

Operand Preparation::read_rows(ValueId id, const Shape& shape) {
  const Operand operand = read(id);
  auto rows = reshape(operand.layout, shape);
  if (rows && (shape.back() == 1 || rows->strides.back() == 1)) return {operand.storage, *rows};
  return read_dense(id, shape);
}

Operand Preparation::read_as(ValueId id, const Layout& layout) {
  const Operand operand = read(id);
  return same_places(operand.layout, layout) ? operand : copy(operand, layout);
}

Operand Preparation::copy(const Operand& source, const Layout& layout) {
  const auto bytes = static_cast<std::size_t>(span_elements(layout)) * sizeof(float);
  Operand target{buffers_.add(bytes), layout};
  const dnnl::reorder::primitive_desc desc(onednn_.engine, describe(source.layout), onednn_.engine,
                                           describe(layout), strict_attributes());
  add_primitive<dnnl::reorder>(desc,
                               {argument(DNNL_ARG_FROM, source), argument(DNNL_ARG_TO, target)});
  return target;
}

Operand Preparation::write(ValueId id, const Layout& layout) {
  const auto bytes = static_cast<std::size_t>(span_elements(layout)) * sizeof(float);
  places_[id.index] = Place{std::nullopt, buffers_.add(bytes), layout};
  return read(id);
}

Layout Preparation::preferred_layout(ValueId id) const {
  const Shape& shape = graph_.shape(id);
  const auto& readers = readers_[id.index];
  const bool leaves =
      std::find(graph_.outputs().begin(), graph_.outputs().end(), id) != graph_.outputs().end();
  if (!leaves && readers.size() == 1) {
    const auto* transpose = std::get_if<op::Transpose>(&readers.front()->op);
    const auto last = static_cast<std::int64_t>(shape.size()) - 1;
    if (transpose != nullptr && transpose->order.back() == last) {
      return dense_after_permute(shape, transpose->order);
    }
  }
  return dense_layout(shape);
}

void Preparation::alias(ValueId id, ValueId source, const Layout& layout) {
  Place place = *places_[source.index];
  place.layout = layout;
  if (place.constant) {
    place.constant->shape = layout.shape;
    place.constant->strides = layout.strides;
  }
  places_[id.index] = std::move(place);
}

void Preparation::alias(ValueId id, const Operand& operand) {
  places_[id.index] = Place{std::nullopt, operand.storage, operand.layout};
}

PrimitiveStep::Argument argument(int id, const Operand& operand) {
  return {id, describe(operand.layout), operand.storage};
}

}  // namespace sotto::cpu

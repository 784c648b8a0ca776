#include "run/backends/cpu/prepare/preparation.h"

#include <algorithm>
#include <numeric>

#include "core/base/error.h"
#include "run/backends/cpu/steps/copy_step.h"
#include "run/backends/cpu/steps/row_steps.h"

namespace sotto::cpu {

Preparation::Preparation(const Graph& graph, PackedWeights& weights, const Numerics& numerics,
                         std::span<const BoundInput* const> bound)
    : graph_(graph),
      weights_(weights),
      numerics_(numerics),
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
      places_[index] = Place{view, {}, {view.shape, view.strides}};
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

void Preparation::add(std::unique_ptr<Step> step) {
  step->set_name(graph_.value(current_).name);
  steps_.push_back(std::move(step));
}

const TensorView* Preparation::constant(ValueId id) const {
  const auto& place = places_[id.index];
  return place && place->constant ? &*place->constant : nullptr;
}

Storage Preparation::packed(const TensorView& constant, WeightForm form) {
  const PackedWeights::Packed packed = weights_.packed(constant, form);
  packed_.emplace(packed.memory, packed.bytes);
  return packed.memory;
}

std::size_t Preparation::weight_bytes() const {
  return std::accumulate(packed_.begin(), packed_.end(), std::size_t{0},
                         [](std::size_t sum, const auto& entry) { return sum + entry.second; });
}

const Layout& Preparation::layout(ValueId id) const { return places_[id.index]->layout; }

Operand Preparation::read(ValueId id) {
  const Place& place = *places_[id.index];
  if (place.constant) {
    return {packed(*place.constant, WeightForm::dense), dense_layout(place.layout.shape)};
  }
  return {place.storage, place.layout, place.element};
}

Operand Preparation::read_dense(ValueId id, const Shape& shape) {
  Operand operand = read(id);
  if (operand.element != Element::f32) {
    const Shape& whole = graph_.shape(id);
    operand = read_rows(id, {num_elements(whole) / whole.back(), whole.back()}, Element::f32);
  }
  if (const auto view = reshape(operand.layout, shape); view && is_dense(*view)) {
    return {operand.storage, dense_layout(shape)};
  }
  const Operand dense = copy(operand, dense_layout(operand.layout.shape));
  return {dense.storage, dense_layout(shape)};
}

Operand Preparation::read_rows(ValueId id, const Shape& matrix, Element element) {
  Operand operand = read(id);
  auto rows = reshape(operand.layout, matrix);
  if (!rows || (matrix.back() != 1 && rows->strides.back() != 1)) {
    operand = copy(operand, dense_layout(operand.layout.shape));
    rows = dense_layout(matrix);
  }
  operand.layout = *rows;
  return in_element(operand, element);
}

Operand Preparation::read_as(ValueId id, const Layout& layout) {
  const Operand operand = read(id);
  return same_places(operand.layout, layout) ? operand : copy(operand, layout);
}

Operand Preparation::copy(const Operand& source, const Layout& layout) {
  if (source.element == Element::int8) {
    fail(ErrorKind::internal, "bytes with scales cannot be laid out anew");
  }
  Operand target{buffers_.add(operand_bytes(layout, source.element)), layout, source.element};
  add(std::make_unique<CopyStep>(source, target));
  return target;
}

// Several products may read the same rows, as those of all layers read the encoder's output.
Operand Preparation::in_element(const Operand& matrix, Element element) {
  if (matrix.element == element) return matrix;
  const auto* buffer = std::get_if<BufferId>(&matrix.storage);
  const std::pair key{buffer == nullptr ? 0 : buffer->index, element};
  const auto known = converted_.find(key);
  if (buffer != nullptr && known != converted_.end() &&
      same_places(known->second.from, matrix.layout)) {
    return known->second.to;
  }
  const Layout layout = dense_layout(matrix.layout.shape);
  const Operand target{buffers_.add(operand_bytes(layout, element)), layout, element};
  add(std::make_unique<ConvertStep>(matrix, target, numerics_.kernels));
  if (buffer != nullptr) converted_.insert_or_assign(key, Converted{matrix.layout, target});
  return target;
}

Operand Preparation::write(ValueId id, const Layout& layout, Element element) {
  places_[id.index] =
      Place{std::nullopt, buffers_.add(operand_bytes(layout, element)), layout, element};
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

Element Preparation::element_read_by(const Node& reader, ValueId id) const {
  if (const auto* linear = std::get_if<op::FusedLinear>(&reader.op)) {
    const bool is_input = linear->input == id && linear->residual != id;
    return is_input && constant(linear->weight) != nullptr ? numerics_.product_element()
                                                           : Element::f32;
  }
  if (const auto* attention = std::get_if<op::Attention>(&reader.op)) {
    return attention->mask == id ? Element::f32 : numerics_.attention_element();
  }
  if (std::holds_alternative<op::ConvGelu>(reader.op) ||
      std::holds_alternative<op::Conv1d>(reader.op)) {
    return numerics_.attention_element();
  }
  const bool is_view = std::holds_alternative<op::Reshape>(reader.op) ||
                       std::holds_alternative<op::Transpose>(reader.op);
  return is_view ? wanted_through_views(reader.output) : Element::f32;
}

Element Preparation::wanted_through_views(ValueId id) const {
  const auto& outputs = graph_.outputs();
  const auto& readers = readers_[id.index];
  if (readers.empty() || std::find(outputs.begin(), outputs.end(), id) != outputs.end()) {
    return Element::f32;
  }
  const Element first = element_read_by(*readers.front(), id);
  const bool agree = std::all_of(readers.begin(), readers.end(), [&](const Node* reader) {
    return element_read_by(*reader, id) == first;
  });
  return agree ? first : Element::f32;
}

Element Preparation::wanted(ValueId id) const {
  const Element element = wanted_through_views(id);
  const auto& readers = readers_[id.index];
  const bool direct = std::all_of(readers.begin(), readers.end(), [](const Node* reader) {
    return std::holds_alternative<op::FusedLinear>(reader->op);
  });
  return element == Element::int8 && !direct ? Element::f32 : element;
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
  places_[id.index] = Place{std::nullopt, operand.storage, operand.layout, operand.element};
}

}  // namespace sotto::cpu

#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/attention_step.h"
#include "run/backends/cpu/steps/cached_attention_step.h"
#include "run/backends/cpu/steps/row_attention_step.h"

namespace sotto::cpu {
namespace {

/// […, R, C] as [H, R, C].
Shape as_stack(const Shape& shape) {
  const std::int64_t rows = shape[shape.size() - 2];
  return {num_elements(shape) / (rows * shape.back()), rows, shape.back()};
}

/// Keys or values in whatever type they lie that attention can pack.
Operand read_stack(ValueId id, Preparation& preparation) {
  const Shape stack = as_stack(preparation.graph().shape(id));
  const Operand operand = preparation.read(id);
  const auto view = reshape(operand.layout, stack);
  if (view && operand.element != Element::int8) return {operand.storage, *view, operand.element};
  return preparation.read_dense(id, stack);
}

/// Queries in the type that attention computes in, with stride 1 along their last axis.
Operand read_queries(ValueId id, Preparation& preparation) {
  const Shape stack = as_stack(preparation.graph().shape(id));
  const Element element = preparation.numerics().attention_element();
  const Operand operand = read_stack(id, preparation);
  if (operand.element == element && (stack[2] == 1 || operand.layout.strides[2] == 1)) {
    return operand;
  }
  const Operand dense = preparation.read_dense(id, {stack[0] * stack[1], stack[2]});
  return {preparation.in_element(dense, element).storage, dense_layout(stack), element};
}

/// Where the output goes so that whoever joins the heads need not copy. Bytes with scales stay
/// together only where a head is a group, and the rows of all heads lie side by side.
Operand write_output(ValueId id, AttentionOperands& operands, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape stack = as_stack(shape);
  Layout layout = preparation.preferred_layout(id);
  auto view = reshape(layout, stack);
  if (!view || (stack[2] != 1 && view->strides[2] != 1)) {
    layout = dense_layout(shape);
    view = dense_layout(stack);
  }
  const bool side_by_side =
      view->strides[0] == kGroup && stack[2] == kGroup && view->strides[1] == stack[0] * kGroup;
  Element element = preparation.wanted_through_views(id);
  if (element == Element::int8 && !side_by_side) element = Element::f32;
  operands.output_scales = scales_offset(layout);
  return {preparation.write(id, layout, element).storage, *view, element};
}

}  // namespace

void prepare(const op::Attention& attention, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  AttentionOperands operands{read_queries(attention.query, preparation),
                             read_stack(attention.key, preparation),
                             read_stack(attention.value, preparation),
                             std::nullopt,
                             {}};
  if (attention.mask) {
    operands.mask = preparation.read_dense(*attention.mask, graph.shape(*attention.mask));
  }
  operands.output = write_output(id, operands, preparation);
  if (RowAttentionStep::takes(operands)) {
    preparation.add(std::make_unique<RowAttentionStep>(
        std::move(operands), preparation.kernels(), preparation.threads(), preparation.buffers()));
  } else {
    preparation.add(std::make_unique<AttentionStep>(std::move(operands), preparation.kernels(),
                                                    preparation.threads(), preparation.buffers()));
  }
}

void prepare(const op::CachedAttention& attention, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows{shape[1], shape[2]};
  const auto cache = [&](ValueId input) {
    return std::get<const BoundInput*>(preparation.read(input).storage);
  };
  const auto read_rows = [&](ValueId input) {
    return preparation.read_rows(input, rows, Element::f32);
  };
  CachedAttentionOperands operands{read_rows(attention.query),
                                   read_rows(attention.key),
                                   read_rows(attention.value),
                                   cache(attention.key_cache),
                                   cache(attention.value_cache),
                                   preparation.read(attention.slots),
                                   {}};
  operands.output = {preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  preparation.add(std::make_unique<CachedAttentionStep>(
      std::move(operands), attention.heads, preparation.kernels(), preparation.threads(),
      preparation.buffers()));
}

}  // namespace sotto::cpu

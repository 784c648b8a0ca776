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

Operand read_stack(ValueId id, Preparation& preparation) {
  const Shape stack = as_stack(preparation.graph().shape(id));
  const Operand operand = preparation.read(id);
  if (const auto view = reshape(operand.layout, stack)) return {operand.storage, *view};
  return preparation.read_dense(id, stack);
}

}  // namespace

void prepare(const Attention& attention, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& output_shape = graph.shape(attention.output);
  AttentionOperands operands{
      preparation.read_rows(attention.query, as_stack(graph.shape(attention.query))),
      read_stack(attention.key, preparation),
      read_stack(attention.value, preparation),
      std::nullopt,
      {}};
  if (attention.mask) {
    operands.mask = preparation.read_dense(*attention.mask, graph.shape(*attention.mask));
  }
  Layout layout = preparation.preferred_layout(attention.output);
  auto stack = reshape(layout, as_stack(output_shape));
  if (!stack) {
    layout = dense_layout(output_shape);
    stack = dense_layout(as_stack(output_shape));
  }
  operands.output = {preparation.write(attention.output, layout).storage, *stack};
  if (RowAttentionStep::takes(operands)) {
    preparation.add(std::make_unique<RowAttentionStep>(std::move(operands), preparation.buffers()));
  } else {
    preparation.add(std::make_unique<AttentionStep>(std::move(operands), preparation.onednn(),
                                                    preparation.buffers()));
  }
}

void prepare(const op::CachedAttention& attention, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows{shape[1], shape[2]};
  const auto cache = [&](ValueId input) {
    return std::get<const BoundInput*>(preparation.read(input).storage);
  };
  CachedAttentionOperands operands{preparation.read_rows(attention.query, rows),
                                   preparation.read_rows(attention.key, rows),
                                   preparation.read_rows(attention.value, rows),
                                   cache(attention.key_cache),
                                   cache(attention.value_cache),
                                   preparation.read(attention.slots),
                                   {}};
  operands.output = {preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  preparation.add(std::make_unique<CachedAttentionStep>(std::move(operands), attention.heads,
                                                        preparation.buffers()));
}

}  // namespace sotto::cpu

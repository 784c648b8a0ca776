#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/keep_rows_step.h"
#include "run/backends/cpu/steps/window_attention_step.h"

namespace sotto::cpu {
namespace {

const BoundInput* cache_of(ValueId input, Preparation& preparation) {
  return std::get<const BoundInput*>(preparation.read(input).storage);
}

KeptWindow form_of(const Shape& cache, std::int64_t heads) {
  return {heads, cache[1], cache[2] / heads};
}

}  // namespace

void prepare(const op::KeepRows& keep, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(keep.rows);
  KeepRowsOperands operands{preparation.read_rows(keep.rows, {shape[1], shape[2]}),
                            cache_of(keep.cache, preparation), preparation.read(keep.window),
                            preparation.write(id, dense_layout({1}))};
  preparation.add(std::make_unique<KeepRowsStep>(std::move(operands), form_of(shape, keep.heads)));
}

void prepare(const op::WindowAttention& attention, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& shape = graph.shape(id);
  const Shape rows{shape[1], shape[2]};
  WindowAttentionOperands operands{preparation.read_rows(attention.query, rows),
                                   cache_of(attention.keys, preparation),
                                   cache_of(attention.values, preparation),
                                   preparation.read(attention.windows),
                                   {}};
  operands.output = {preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  preparation.add(std::make_unique<WindowAttentionStep>(
      std::move(operands), form_of(graph.shape(attention.keys), attention.heads),
      preparation.buffers()));
}

}  // namespace sotto::cpu

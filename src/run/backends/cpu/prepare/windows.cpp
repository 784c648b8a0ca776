#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/keep_rows_step.h"
#include "run/backends/cpu/steps/window_attention_step.h"

namespace sotto::cpu {
namespace {

const BoundInput* cache_of(ValueId input, Preparation& preparation) {
  return std::get<const BoundInput*>(preparation.read(input).storage);
}

}  // namespace

void prepare(const op::KeepRows& keep, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(keep.rows);
  const Kernels& kernels = preparation.kernels();
  KeepRowsOperands operands{
      preparation.read_rows(keep.rows, {shape[1], shape[2]}, Element::f32),
      cache_of(keep.cache, preparation), preparation.read(keep.window),
      preparation.write(id, dense_layout({1})),
      keep.kind == op::KeepRows::Kind::keys ? kernels.keep_keys : kernels.keep_values};
  const WindowForm form = window_form(preparation.numerics(), shape, keep.heads);
  preparation.add(std::make_unique<KeepRowsStep>(std::move(operands), form, kernels));
}

void prepare(const op::WindowAttention& attention, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& shape = graph.shape(id);
  const Shape rows{shape[1], shape[2]};
  WindowAttentionOperands operands{preparation.read_rows(attention.query, rows, Element::f32),
                                   cache_of(attention.keys, preparation),
                                   cache_of(attention.values, preparation),
                                   preparation.read(attention.windows),
                                   {}};
  operands.output = {preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  const WindowForm form =
      window_form(preparation.numerics(), graph.shape(attention.keys), attention.heads);
  preparation.add(
      std::make_unique<WindowAttentionStep>(std::move(operands), form, preparation.kernels(),
                                            preparation.threads(), preparation.buffers()));
}

}  // namespace sotto::cpu

#include "run/backends/cpu/prepare/prepare.h"

// What works on each row of the last axis.

namespace sotto::cpu {
namespace {

Shape as_rows(const Shape& shape) { return {num_elements(shape) / shape.back(), shape.back()}; }

}  // namespace

void prepare(const op::Softmax& softmax, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows = as_rows(shape);
  const Operand input = preparation.read_dense(softmax.input, rows);
  const Operand output{preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  const dnnl::softmax_forward::desc desc(dnnl::prop_kind::forward_inference, describe(input.layout),
                                         1);
  preparation.add_primitive<dnnl::softmax_forward>(
      {desc, strict_attributes(), preparation.onednn().engine},
      {argument(DNNL_ARG_SRC, input), argument(DNNL_ARG_DST, output)});
}

void prepare(const op::LayerNorm& norm, ValueId id, Preparation& preparation) {
  using dnnl::normalization_flags;
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows = as_rows(shape);
  const Operand input = preparation.read_dense(norm.input, rows);
  const Operand scale = preparation.read_dense(norm.weight, {shape.back()});
  const Operand shift = preparation.read_dense(norm.bias, {shape.back()});
  const Operand output{preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  const dnnl::layer_normalization_forward::desc desc(
      dnnl::prop_kind::forward_inference, describe(input.layout), norm.epsilon,
      normalization_flags::use_scale | normalization_flags::use_shift);
  preparation.add_primitive<dnnl::layer_normalization_forward>(
      {desc, strict_attributes(), preparation.onednn().engine},
      {argument(DNNL_ARG_SRC, input), argument(DNNL_ARG_SCALE, scale),
       argument(DNNL_ARG_SHIFT, shift), argument(DNNL_ARG_DST, output)});
}

}  // namespace sotto::cpu

#include "run/backends/cpu/prepare/prepare.h"

namespace sotto::cpu {
namespace {

void prepare_eltwise(ValueId source, ValueId id, const dnnl::eltwise_forward::desc& desc,
                     Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Operand input = preparation.read_dense(source, {num_elements(shape)});
  const Operand output{preparation.write(id, dense_layout(shape)).storage, input.layout};
  preparation.add_primitive<dnnl::eltwise_forward>(
      {desc, strict_attributes(), preparation.onednn().engine},
      {argument(DNNL_ARG_SRC, input), argument(DNNL_ARG_DST, output)});
}

dnnl::eltwise_forward::desc eltwise(dnnl::algorithm algorithm, const Shape& shape, float alpha) {
  return {dnnl::prop_kind::forward_inference, algorithm,
          describe(dense_layout({num_elements(shape)})), alpha, 0.0F};
}

}  // namespace

void prepare(const op::Gelu& gelu, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  prepare_eltwise(gelu.input, id, eltwise(dnnl::algorithm::eltwise_gelu_erf, shape, 0.0F),
                  preparation);
}

void prepare(const op::Scale& scale, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  prepare_eltwise(scale.input, id, eltwise(dnnl::algorithm::eltwise_linear, shape, scale.factor),
                  preparation);
}

void prepare(const op::Add& add, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& shape = graph.shape(id);
  const std::int64_t repeated = num_elements(graph.shape(add.b));
  const Operand a = preparation.read_dense(add.a, {num_elements(shape) / repeated, repeated});
  const Operand b = preparation.read_dense(add.b, {1, repeated});
  const Operand output{preparation.write(id, dense_layout(shape)).storage, a.layout};
  const dnnl::binary::desc desc(dnnl::algorithm::binary_add, describe(a.layout), describe(b.layout),
                                describe(output.layout));
  preparation.add_primitive<dnnl::binary>(
      {desc, strict_attributes(), preparation.onednn().engine},
      {argument(DNNL_ARG_SRC_0, a), argument(DNNL_ARG_SRC_1, b), argument(DNNL_ARG_DST, output)});
}

}  // namespace sotto::cpu

#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/row_steps.h"

// What works on each row of the last axis.

namespace sotto::cpu {
namespace {

Shape as_rows(const Shape& shape) { return {num_elements(shape) / shape.back(), shape.back()}; }

}  // namespace

void prepare(const op::Softmax& softmax, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows = as_rows(shape);
  const Operand input = preparation.read_rows(softmax.input, rows, Element::f32);
  const Operand output{preparation.write(id, dense_layout(shape)).storage, dense_layout(rows)};
  preparation.add(std::make_unique<SoftmaxStep>(input, output, preparation.kernels()));
}

void prepare(const op::LayerNorm& norm, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows = as_rows(shape);
  const Element element = preparation.wanted(id);
  LayerNormStep::Operands operands{preparation.read_rows(norm.input, rows, Element::f32),
                                   preparation.read_dense(norm.weight, {shape.back()}).storage,
                                   preparation.read_dense(norm.bias, {shape.back()}).storage,
                                   {},
                                   norm.epsilon};
  const Operand output = preparation.write(id, dense_layout(shape), element);
  operands.output = {output.storage, dense_layout(rows), element};
  preparation.add(std::make_unique<LayerNormStep>(std::move(operands), preparation.kernels()));
}

}  // namespace sotto::cpu

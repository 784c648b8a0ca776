#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/elementwise_step.h"

namespace sotto::cpu {
namespace {

using Kind = ElementwiseStep::Kind;

void add_step(ValueId source, ValueId id, ElementwiseStep::Operands operands,
              Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  operands.input = preparation.read_dense(source, shape).storage;
  operands.output = preparation.write(id, dense_layout(shape)).storage;
  operands.elements = num_elements(shape);
  preparation.add(std::make_unique<ElementwiseStep>(std::move(operands), preparation.kernels()));
}

}  // namespace

void prepare(const op::Gelu& gelu, ValueId id, Preparation& preparation) {
  ElementwiseStep::Operands operands;
  operands.kind = Kind::gelu;
  add_step(gelu.input, id, operands, preparation);
}

void prepare(const op::Scale& scale, ValueId id, Preparation& preparation) {
  ElementwiseStep::Operands operands;
  operands.kind = Kind::scale;
  operands.factor = scale.factor;
  add_step(scale.input, id, operands, preparation);
}

void prepare(const op::Add& add, ValueId id, Preparation& preparation) {
  const Shape& addend = preparation.graph().shape(add.b);
  ElementwiseStep::Operands operands;
  operands.kind = Kind::add;
  operands.addend = preparation.read_dense(add.b, addend).storage;
  operands.repeated = num_elements(addend);
  add_step(add.a, id, operands, preparation);
}

}  // namespace sotto::cpu

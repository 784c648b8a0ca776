#include <algorithm>

#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/elementwise_step.h"
#include "run/backends/cpu/steps/matmul_step.h"
#include "run/backends/cpu/steps/refine_step.h"
#include "run/backends/cpu/steps/row_product_step.h"

namespace sotto::cpu {
namespace {

// Up to so many rows a float32 product's time goes into reading the weights.
constexpr std::int64_t kFewRows = 8;

/// A stack of matrices [H, R, C] of float32 with any strides.
Operand read_stack(ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const std::int64_t rows = shape[shape.size() - 2];
  const Shape stack{num_elements(shape) / (rows * shape.back()), rows, shape.back()};
  const Operand operand = preparation.read(id);
  const auto matrices = reshape(operand.layout, stack);
  if (matrices && operand.element == Element::f32) return {operand.storage, *matrices};
  return preparation.read_dense(id, stack);
}

/// The same with stride 1 along its last axis.
Operand read_left(ValueId id, Preparation& preparation) {
  const Operand stack = read_stack(id, preparation);
  if (stack.layout.strides[2] == 1) return stack;
  return preparation.read_dense(id, stack.layout.shape);
}

void add_elementwise(ElementwiseStep::Operands operands, Preparation& preparation) {
  preparation.add(std::make_unique<ElementwiseStep>(std::move(operands), preparation.kernels()));
}

/// A product by weights that are computed, or come in: as one of two values, with what is fused to
/// it behind it.
void prepare_computed(const op::FusedLinear& linear, const Shape& rows, Operand output,
                      Preparation& preparation) {
  using Kind = ElementwiseStep::Kind;
  const std::int64_t depth = preparation.graph().shape(linear.weight)[1];
  Operand input = preparation.read_rows(linear.input, {rows[0], depth}, Element::f32);
  Operand weight = preparation.read_dense(linear.weight, {rows[1], depth});
  input.layout = {{1, rows[0], depth}, {0, input.layout.strides[0], 1}};
  weight.layout = {{1, depth, rows[1]}, {0, 1, depth}};
  output.layout = dense_layout({1, rows[0], rows[1]});
  preparation.add(std::make_unique<MatMulStep>(MatMulStep::Operands{input, weight, output},
                                               preparation.kernels(), preparation.threads(),
                                               preparation.buffers()));
  const Storage& memory = output.storage;
  const std::int64_t elements = rows[0] * rows[1];
  if (linear.bias) {
    const Operand bias = preparation.read_dense(*linear.bias, {rows[1]});
    add_elementwise({Kind::add, memory, memory, elements, 1.0F, bias.storage, rows[1]},
                    preparation);
  }
  if (linear.factor != 1.0F) {
    add_elementwise({Kind::scale, memory, memory, elements, linear.factor, {}, 1}, preparation);
  }
  if (linear.has_gelu) {
    add_elementwise({Kind::gelu, memory, memory, elements, 1.0F, {}, 1}, preparation);
  }
  if (linear.residual) {
    const Operand residual = preparation.read_dense(*linear.residual, rows);
    add_elementwise({Kind::add, memory, memory, elements, 1.0F, residual.storage, elements},
                    preparation);
  }
}

/// Whether a product gives a choice among very many: the head of a decoder.
bool is_choice(const op::FusedLinear& linear, ValueId id, const Graph& graph) {
  constexpr std::int64_t kColumnsByDepth = 16;
  const auto& outputs = graph.outputs();
  const Shape& weight = graph.shape(linear.weight);
  return weight[0] >= kColumnsByDepth * weight[1] && !linear.has_gelu && !linear.residual &&
         std::find(outputs.begin(), outputs.end(), id) != outputs.end();
}

}  // namespace

void prepare(const op::FusedLinear& linear, ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const Shape rows{num_elements(shape) / shape.back(), shape.back()};
  const TensorView* constant = preparation.constant(linear.weight);
  if (constant == nullptr) {
    prepare_computed(linear, rows, preparation.write(id, dense_layout(shape)), preparation);
    return;
  }
  const Numerics& numerics = preparation.numerics();
  const WeightForm form = numerics.weight_form(*constant, preparation.weights());
  const bool by_rows = form == WeightForm::row_panels_int8 || form == WeightForm::row_panels_f16 ||
                       (form == WeightForm::panels_f32 && rows[0] <= kFewRows);
  const std::int64_t depth = constant->shape[1];
  ProductOperands operands{
      .input = preparation.read_rows(linear.input, {rows[0], depth}, numerics.product_element()),
      .weights = preparation.packed(*constant, form),
      .bias = {},
      .output = {},
      .factor = linear.factor,
      .has_gelu = linear.has_gelu};
  if (linear.bias) operands.bias = preparation.read_dense(*linear.bias, {rows[1]}).storage;
  if (linear.residual) {
    operands.residual = preparation.read_rows(*linear.residual, rows, Element::f32);
  }
  const Element element = by_rows ? Element::f32 : preparation.wanted(id);
  const Operand output = preparation.write(id, dense_layout(shape), element);
  operands.output = {output.storage, dense_layout(rows), element};
  if (by_rows) {
    const RowWeights weights = form == WeightForm::row_panels_int8  ? RowWeights::int8
                               : form == WeightForm::row_panels_f16 ? RowWeights::f16
                                                                    : RowWeights::f32;
    preparation.add(std::make_unique<RowProductStep>(operands, weights, preparation.kernels(),
                                                     preparation.buffers()));
    if (weights == RowWeights::int8 && is_choice(linear, id, preparation.graph())) {
      preparation.add(std::make_unique<RefineStep>(RefineStep::Operands{
          operands.input, operands.output, operands.bias, *constant, linear.factor}));
    }
  } else {
    preparation.add(std::make_unique<ProductStep>(std::move(operands), preparation.kernels(),
                                                  preparation.threads(), preparation.buffers()));
  }
}

void prepare(const op::MatMul& product, ValueId id, Preparation& preparation) {
  const Operand a = read_left(product.a, preparation);
  const Operand b = read_stack(product.b, preparation);
  const Shape stack{a.layout.shape[0], a.layout.shape[1], b.layout.shape[2]};
  Layout layout = preparation.preferred_layout(id);
  auto matrices = reshape(layout, stack);
  if (!matrices || (stack[2] != 1 && matrices->strides[2] != 1)) {
    layout = dense_layout(layout.shape);
    matrices = dense_layout(stack);
  }
  const Operand output{preparation.write(id, layout).storage, *matrices};
  preparation.add(std::make_unique<MatMulStep>(MatMulStep::Operands{a, b, output},
                                               preparation.kernels(), preparation.threads(),
                                               preparation.buffers()));
}

}  // namespace sotto::cpu

#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/prepare/tail.h"
#include "run/backends/cpu/steps/panel_product_step.h"

namespace sotto::cpu {
namespace {

using dnnl::matmul;

/// The weights of a Linear as oneDNN wants them, [I, O]: packed when they are constant, else as
/// they lie. `describe_product` makes the primitive's description for a description of the weights.
template <class DescribeProduct>
matmul::primitive_desc choose_weights(ValueId id, Preparation& preparation, Operand& weights,
                                      const DescribeProduct& describe_product) {
  const Shape& shape = preparation.graph().shape(id);
  const TensorView* constant = preparation.constant(id);
  if (constant == nullptr) {
    weights = preparation.read_rows(id, shape);
    weights.layout = permute(weights.layout, {1, 0});
    return describe_product(describe(weights.layout));
  }
  auto product = describe_product(any_layout({shape[1], shape[0]}));
  weights.storage =
      preparation.weights().packed(*constant, product.weights_desc().permute_axes({1, 0}));
  return product;
}

/// A stack of matrices with stride 1 along one of their axes, which is all that products ask for.
Operand read_matrices(ValueId id, Preparation& preparation) {
  const Shape& shape = preparation.graph().shape(id);
  const std::int64_t rows = shape[shape.size() - 2];
  const Shape stack{num_elements(shape) / (rows * shape.back()), rows, shape.back()};
  const Operand operand = preparation.read(id);
  const auto matrices = reshape(operand.layout, stack);
  if (matrices && (matrices->strides[1] == 1 || matrices->strides[2] == 1)) {
    return {operand.storage, *matrices};
  }
  return preparation.read_dense(id, stack);
}

/// Whether a PanelProductStep can end this chain, alone or with an elementwise step after it.
bool is_short(const Chain& chain, const Shape& rows, const Preparation& preparation) {
  if (chain.tail.size() > 1) return false;
  if (chain.tail.empty()) return true;
  const auto* add = std::get_if<op::Add>(&chain.tail.front()->op);
  if (add == nullptr) return true;
  const ValueId other = other_operand(*add, chain.head->output);
  return num_elements(preparation.graph().shape(other)) == num_elements(rows);
}

void add_gelu_in_place(const Operand& operand, Preparation& preparation) {
  const dnnl::eltwise_forward::desc desc(dnnl::prop_kind::forward_inference,
                                         dnnl::algorithm::eltwise_gelu_erf,
                                         describe(operand.layout), 0.0F, 0.0F);
  preparation.add_primitive<dnnl::eltwise_forward>(
      {desc, strict_attributes(), preparation.onednn().engine},
      {argument(DNNL_ARG_SRC, operand), argument(DNNL_ARG_DST, operand)});
}

void add_panel_product(PanelProductOperands operands, const Chain& chain,
                       Preparation& preparation) {
  const Operand output = operands.output;
  const Op* next = chain.tail.empty() ? nullptr : &chain.tail.front()->op;
  if (next != nullptr && std::holds_alternative<op::Scale>(*next)) {
    operands.factor = std::get<op::Scale>(*next).factor;
  } else if (next != nullptr && std::holds_alternative<op::Add>(*next)) {
    operands.residual = preparation.read_dense(
        other_operand(std::get<op::Add>(*next), chain.head->output), output.layout.shape);
  }
  preparation.add(std::make_unique<PanelProductStep>(std::move(operands)));
  if (next != nullptr && std::holds_alternative<op::Gelu>(*next)) {
    add_gelu_in_place(output, preparation);
  }
}

}  // namespace

void prepare(const op::Linear& linear, const Chain& chain, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& output_shape = graph.shape(chain.output());
  const std::int64_t inputs = graph.shape(linear.input).back();
  const Shape rows{num_elements(output_shape) / output_shape.back(), output_shape.back()};

  Tail tail = prepare_tail(chain, rows, preparation);
  const Operand input = preparation.read_rows(linear.input, {rows[0], inputs});
  const auto input_desc = describe(input.layout);
  const auto output_desc = describe(dense_layout(rows));
  std::optional<Operand> bias;
  if (linear.bias) bias = preparation.read_dense(*linear.bias, {1, rows[1]});

  Operand weights{};
  const auto product = choose_weights(
      linear.weight, preparation, weights, [&](const dnnl::memory::desc& weights_desc) {
        const auto desc =
            bias ? matmul::desc(input_desc, weights_desc, describe(bias->layout), output_desc)
                 : matmul::desc(input_desc, weights_desc, output_desc);
        return matmul::primitive_desc(desc, tail.attributes, preparation.onednn().engine);
      });

  const Operand output = preparation.write(chain.output(), dense_layout(output_shape));
  if (PanelProductStep::takes(rows[0], product.weights_desc()) &&
      is_short(chain, rows, preparation)) {
    const Operand rows_out{output.storage, dense_layout(rows)};
    add_panel_product({input, weights.storage, bias, 1.0F, std::nullopt, rows_out}, chain,
                      preparation);
    return;
  }
  auto arguments = std::move(tail.arguments);
  arguments.push_back({DNNL_ARG_SRC, input_desc, input.storage});
  arguments.push_back({DNNL_ARG_WEIGHTS, product.weights_desc(), weights.storage});
  if (bias) arguments.push_back(argument(DNNL_ARG_BIAS, *bias));
  arguments.push_back({DNNL_ARG_DST, output_desc, output.storage});
  preparation.add_primitive<matmul>(product, std::move(arguments));
}

void prepare(const op::MatMul& product, const Chain& chain, Preparation& preparation) {
  const Operand a = read_matrices(product.a, preparation);
  const Operand b = read_matrices(product.b, preparation);
  const Shape stack{a.layout.shape[0], a.layout.shape[1], b.layout.shape[2]};

  Layout layout = preparation.preferred_layout(chain.output());
  auto matrices = reshape(layout, stack);
  if (!matrices) {
    layout = dense_layout(layout.shape);
    matrices = dense_layout(stack);
  }
  const Tail tail = prepare_tail(chain, stack, preparation);
  const matmul::desc desc(describe(a.layout), describe(b.layout), describe(*matrices));
  const Operand output{preparation.write(chain.output(), layout).storage, *matrices};
  preparation.add_primitive<matmul>(
      {desc, tail.attributes, preparation.onednn().engine},
      {argument(DNNL_ARG_SRC, a), argument(DNNL_ARG_WEIGHTS, b), argument(DNNL_ARG_DST, output)});
}

}  // namespace sotto::cpu

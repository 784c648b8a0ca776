#include "core/base/error.h"
#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/convolution_step.h"

namespace sotto::cpu {
namespace {

/// [1, C, T] with the channels next to each other: what convolutions read and write, and the rows
/// of a sequence for whoever comes after.
Layout channels_last(const Shape& shape) { return dense_after_permute(shape, {0, 2, 1}); }

/// [1, C, T] so as a matrix [T, C].
Layout places(const Shape& shape) { return dense_layout({shape[2], shape[1]}); }

ConvolutionOperands operands_of(const auto& conv, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const TensorView* kernel = preparation.constant(conv.weight);
  if (kernel == nullptr) {
    fail(ErrorKind::unsupported, "graph ", graph.name(),
         ": the cpu back end expected a constant kernel of ", graph.value(id).name,
         ", found a computed one");
  }
  const Element element = preparation.numerics().attention_element();
  const Shape& shape = graph.shape(conv.input);
  const Operand as_rows = preparation.read_as(conv.input, channels_last(shape));
  // The same memory as rows, by a name of its own: what converts reads matrices.
  const Operand input =
      preparation.in_element({as_rows.storage, places(shape), as_rows.element}, element);
  ConvolutionOperands operands{
      .input = input,
      .weights =
          preparation.packed(*kernel, element == Element::bf16 ? WeightForm::convolution_bf16
                                                               : WeightForm::convolution_f32),
      .bias = preparation.read_dense(conv.bias, graph.shape(conv.bias)).storage,
      .output = {},
      .stride = conv.stride,
      .padding = conv.padding,
      .taps = kernel->shape[2]};
  const Element wanted = preparation.wanted(id);
  const Operand output = preparation.write(id, channels_last(graph.shape(id)), wanted);
  operands.output = {output.storage, places(graph.shape(id)), wanted};
  return operands;
}

void add(ConvolutionOperands operands, Preparation& preparation) {
  preparation.add(std::make_unique<ConvolutionStep>(std::move(operands), preparation.kernels(),
                                                    preparation.threads(), preparation.buffers()));
}

}  // namespace

void prepare(const op::ConvGelu& conv, ValueId id, Preparation& preparation) {
  ConvolutionOperands operands = operands_of(conv, id, preparation);
  operands.has_gelu = true;
  add(std::move(operands), preparation);
}

void prepare(const op::Conv1d& conv, ValueId id, Preparation& preparation) {
  add(operands_of(conv, id, preparation), preparation);
}

}  // namespace sotto::cpu

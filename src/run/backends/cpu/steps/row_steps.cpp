#include "run/backends/cpu/steps/row_steps.h"

#include <utility>

namespace sotto::cpu {
namespace {

// Rows of a thread at least: fewer are done sooner than another thread hears of them.
constexpr std::int64_t kRowUnit = 8;

}  // namespace

LayerNormStep::LayerNormStep(Operands operands, const Kernels& kernels)
    : Step({operands.input.storage, operands.weight, operands.bias, operands.output.storage}),
      operands_(std::move(operands)),
      kernels_(kernels) {}

void LayerNormStep::run(ThreadPool& threads) {
  const Layout& input = operands_.input.layout;
  const Element element = operands_.output.element;
  threads.share(input.shape[0], kRowUnit, [&](Share rows, int) {
    LayerNormRows norm;
    norm.input = floats(0) + rows.first * input.strides[0];
    norm.input_stride = input.strides[0];
    norm.rows = rows.last - rows.first;
    norm.width = input.shape[1];
    norm.weight = floats(1);
    norm.bias = floats(2);
    norm.epsilon = operands_.epsilon;
    norm.output = part_of(rows_at(operands_.output, address(3)), element, rows.first, 0);
    norm.output_element = element;
    kernels_.layer_norm(norm);
  });
}

SoftmaxStep::SoftmaxStep(Operand input, Operand output, const Kernels& kernels)
    : Step({input.storage, output.storage}),
      input_(std::move(input)),
      output_(std::move(output)),
      kernels_(kernels) {}

void SoftmaxStep::run(ThreadPool& threads) {
  const std::int64_t from = input_.layout.strides[0], to = output_.layout.strides[0];
  threads.share(input_.layout.shape[0], kRowUnit, [&](Share rows, int) {
    kernels_.softmax({floats(0) + rows.first * from, from, rows.last - rows.first,
                      input_.layout.shape[1], floats(1) + rows.first * to, to});
  });
}

ConvertStep::ConvertStep(Operand input, Operand output, const Kernels& kernels)
    : Step({input.storage, output.storage}),
      input_(std::move(input)),
      output_(std::move(output)),
      kernels_(kernels) {}

void ConvertStep::run(ThreadPool& threads) {
  threads.share(input_.layout.shape[0], kRowUnit, [&](Share rows, int) {
    kernels_.convert({part_of(rows_at(input_, address(0)), input_.element, rows.first, 0),
                      input_.element, rows.last - rows.first, input_.layout.shape[1],
                      part_of(rows_at(output_, address(1)), output_.element, rows.first, 0),
                      output_.element});
  });
}

}  // namespace sotto::cpu

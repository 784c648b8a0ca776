#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/prepare/tail.h"

namespace sotto::cpu {
namespace {

/// [1, C, T] with the channels next to each other: what oneDNN's fast convolutions read and write,
/// and the rows of a sequence for whoever comes after.
Layout channels_last(const Shape& shape) { return dense_after_permute(shape, {0, 2, 1}); }

}  // namespace

void prepare(const op::Conv1d& conv, const Chain& chain, Preparation& preparation) {
  using dnnl::convolution_forward;
  const Graph& graph = preparation.graph();
  const Shape& output_shape = graph.shape(chain.output());
  const Operand input = preparation.read_as(conv.input, channels_last(graph.shape(conv.input)));
  const Operand bias = preparation.read_dense(conv.bias, graph.shape(conv.bias));
  const TensorView* kernel = preparation.constant(conv.weight);
  const Tail tail = prepare_tail(chain, output_shape, preparation);

  Operand weights{};
  if (kernel == nullptr) weights = preparation.read(conv.weight);
  const auto weights_desc =
      kernel != nullptr ? any_layout(kernel->shape) : describe(weights.layout);
  const Layout output_layout = channels_last(output_shape);
  const convolution_forward::desc desc(dnnl::prop_kind::forward_inference,
                                       dnnl::algorithm::convolution_direct, describe(input.layout),
                                       weights_desc, describe(bias.layout), describe(output_layout),
                                       {conv.stride}, {conv.padding}, {conv.padding});
  const convolution_forward::primitive_desc primitive(desc, tail.attributes,
                                                      preparation.onednn().engine);
  if (kernel != nullptr) {
    weights.storage = preparation.weights().packed(*kernel, primitive.weights_desc());
  }
  const Operand output = preparation.write(chain.output(), output_layout);
  preparation.add_primitive<convolution_forward>(
      primitive, {argument(DNNL_ARG_SRC, input),
                  {DNNL_ARG_WEIGHTS, primitive.weights_desc(), weights.storage},
                  argument(DNNL_ARG_BIAS, bias),
                  argument(DNNL_ARG_DST, output)});
}

}  // namespace sotto::cpu

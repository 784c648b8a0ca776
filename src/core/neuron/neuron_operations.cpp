#include "core/neuron/neuron_operations.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"

namespace sotto::neuron {
namespace {

using Operands = std::vector<std::uint32_t>;

/// One operator on its way.
struct Job {
  ModelBuilder& model;
  const TfliteOperator& op;
  const tflite::Operator& raw;

  [[nodiscard]] Operands tensors() const {
    Operands operands;
    for (const std::int32_t input : op.inputs) operands.push_back(model.tensor(input));
    return operands;
  }

  [[noreturn]] void refuse(std::string_view what) const {
    fail(ErrorKind::unsupported, model.file(), ": ", what, " of ", operator_name(op),
         " is not what Sotto writes: compile the file with another toolchain");
  }

  /// Throws unless nothing is fused behind the operator.
  void expect_no_activation(tflite::Activation activation) const {
    if (activation != tflite::Activation::none) refuse("the activation");
  }
  /// The operator's options, which must be there.
  template <class Options>
  const Options& given(const Options* options) const {
    if (options == nullptr) refuse("the lack of options");
    return *options;
  }
};

Operands plain(const Job& job) { return job.tensors(); }

Operands with_activation(const Job& job) {
  Operands operands = job.tensors();
  operands.push_back(job.model.scalar(kNoActivation));
  return operands;
}

Operands add(const Job& job) {
  job.expect_no_activation(job.given(job.raw.builtin_options_as_AddOptions()).activation());
  return with_activation(job);
}
Operands sub(const Job& job) {
  job.expect_no_activation(job.given(job.raw.builtin_options_as_SubOptions()).activation());
  return with_activation(job);
}
Operands mul(const Job& job) {
  job.expect_no_activation(job.given(job.raw.builtin_options_as_MulOptions()).activation());
  return with_activation(job);
}
Operands div(const Job& job) {
  job.expect_no_activation(job.given(job.raw.builtin_options_as_DivOptions()).activation());
  return with_activation(job);
}

// A bias always.
Operands fully_connected(const Job& job) {
  job.expect_no_activation(
      job.given(job.raw.builtin_options_as_FullyConnectedOptions()).activation());
  if (job.op.inputs.size() < 2) job.refuse("the number of inputs");
  const bool has_bias = job.op.inputs.size() > 2 && job.op.inputs[2] >= 0;
  Operands operands{job.model.tensor(job.op.inputs[0]), job.model.tensor(job.op.inputs[1])};
  const auto& weight = job.model.graph().tensors[static_cast<std::size_t>(job.op.inputs[1])];
  if (weight.shape.size() != 2) job.refuse("the rank of the weights");
  operands.push_back(has_bias ? job.model.tensor(job.op.inputs[2])
                              : job.model.zeros(weight.shape.front()));
  operands.push_back(job.model.scalar(kNoActivation));
  return operands;
}

Operands batch_matmul(const Job& job) {
  Operands operands = job.tensors();
  operands.push_back(job.model.scalar(job.op.adj_x));
  operands.push_back(job.model.scalar(job.op.adj_y));
  return operands;
}

Operands softmax(const Job& job) {
  Operands operands = job.tensors();
  operands.push_back(
      job.model.scalar(job.given(job.raw.builtin_options_as_SoftmaxOptions()).beta()));
  return operands;
}

Operands gelu(const Job& job) {
  Operands operands = job.tensors();
  operands.push_back(job.model.scalar(kTanhGelu));
  return operands;
}

bool keeps_axes(const Job& job) {
  return job.given(job.raw.builtin_options_as_ReducerOptions()).keep_dims();
}

Operands mean(const Job& job) {
  Operands operands = job.tensors();
  operands.push_back(job.model.scalar(std::int32_t{keeps_axes(job)}));
  return operands;
}

Operands reduce_max(const Job& job) {
  Operands operands = job.tensors();
  operands.push_back(job.model.scalar(keeps_axes(job)));
  return operands;
}

Operands concatenation(const Job& job) {
  const auto& options = job.given(job.raw.builtin_options_as_ConcatenationOptions());
  job.expect_no_activation(options.activation());
  const auto rank = static_cast<std::int32_t>(
      job.model.graph().tensors[static_cast<std::size_t>(job.op.outputs.front())].shape.size());
  Operands operands = job.tensors();
  operands.push_back(job.model.scalar(options.axis() < 0 ? options.axis() + rank : options.axis()));
  return operands;
}

Operands conv_2d(const Job& job) {
  const auto& options = job.given(job.raw.builtin_options_as_Conv2DOptions());
  job.expect_no_activation(options.activation());
  if (options.padding() != tflite::Padding::valid) job.refuse("the padding");
  if (job.op.inputs.size() != 3) job.refuse("the lack of a bias");
  Operands operands = job.tensors();
  for (const std::int32_t number :
       {kPaddingValid, options.stride_w(), options.stride_h(), kNoActivation}) {
    operands.push_back(job.model.scalar(number));
  }
  operands.push_back(job.model.scalar(false));  // channels last
  operands.push_back(job.model.scalar(options.dilation_w_factor()));
  operands.push_back(job.model.scalar(options.dilation_h_factor()));
  return operands;
}

struct Entry {
  std::int32_t tflite;  ///< the format's number
  std::int32_t neuron;  ///< the interface's
  Operands (*operands)(const Job& job);
};

constexpr auto kEntries = std::to_array<Entry>({
    {0, operation::add, add},
    {2, operation::concatenation, concatenation},
    {3, operation::conv_2d, conv_2d},
    {6, operation::dequantize, plain},
    {9, operation::fully_connected, fully_connected},
    {18, operation::mul, mul},
    {22, operation::reshape, plain},
    {25, operation::softmax, softmax},
    {34, operation::pad, plain},
    {39, operation::transpose, plain},
    {40, operation::mean, mean},
    {41, operation::sub, sub},
    {42, operation::div, div},
    {55, operation::maximum, plain},
    {65, operation::slice, plain},
    {76, operation::rsqrt, plain},
    {82, operation::reduce_max, reduce_max},
    {101, operation::abs, plain},
    {126, operation::batch_matmul, batch_matmul},
    {150, operation::gelu, gelu},
});

}  // namespace

void add_operator(ModelBuilder& model, const TfliteOperator& op, const tflite::Operator& raw) {
  const auto found = std::find_if(kEntries.begin(), kEntries.end(),
                                  [&](const Entry& entry) { return entry.tflite == op.code; });
  if (found == kEntries.end() || op.composite) {
    fail(ErrorKind::unsupported, model.file(), ": ", operator_name(op),
         " has no form in this toolchain: compile the file with ", Option{"toolchain", "litert"},
         " or ", Option{"toolchain", "ncc"});
  }
  model.add(found->neuron, found->operands({model, op, raw}), op.outputs);
}

}  // namespace sotto::neuron

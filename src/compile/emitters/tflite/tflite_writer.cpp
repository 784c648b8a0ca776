#include "compile/emitters/tflite/tflite_writer.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "compile/emitters/tflite/model_draft.h"
#include "core/base/error.h"

namespace sotto {
namespace {

using tflite::BuiltinOptions;
using Tensors = std::vector<std::int32_t>;

// The format's numbers of the operators that lowered graphs come to, and the versions used.
namespace kind {
constexpr OperatorKind add{0}, concatenation{2}, conv_2d{3}, fully_connected{9, 5}, mul{18};
constexpr OperatorKind fully_connected_without_bias{9, 6}, dequantize{6, 3}, reshape{22};
constexpr OperatorKind softmax{25}, pad{34}, transpose{39}, mean{40}, sub{41}, div{42};
constexpr OperatorKind maximum{55}, slice{65}, rsqrt{76}, reduce_max{82}, abs{101};
constexpr OperatorKind batch_matmul{126}, gelu{150};
}  // namespace kind

// Offsets inside a flatbuffer end here; some room is left for the description of the graph.
constexpr std::uint64_t kMostInside = (1ULL << 31U) - (1ULL << 26U);

constexpr const char* kOnlySignature = "serving_default";

DType stored_type(const Value& value, WeightType weights) {
  const bool is_matrix = value.shape.size() > 1;
  return weights == WeightType::float16 && is_matrix ? DType::float16 : DType::float32;
}

Tensors integers(const Shape& shape) { return {shape.begin(), shape.end()}; }

/// Writes one graph into a draft.
class GraphWriter {
 public:
  GraphWriter(const Graph& graph, WeightType weights, ModelDraft& draft)
      : graph_(graph), weights_(weights), draft_(draft) {}

  void write(const std::string& signature) {
    const ModelDraft::Ports inputs = declare_inputs();
    for (const Node& node : graph_.nodes()) {
      std::visit([&](const auto& op) { add(op, node.output); }, node.op);
    }
    ModelDraft::Ports outputs;
    for (const ValueId output : graph_.outputs()) {
      outputs.emplace_back(graph_.value(output).name, tensor(output));
    }
    draft_.end_graph({graph_.name(), signature, inputs, outputs});
  }

 private:
  ModelDraft::Ports declare_inputs() {
    ModelDraft::Ports ports;
    for (const ValueId input : graph_.inputs()) {
      const Value& value = graph_.value(input);
      if (value.dtype != DType::float32) reject(input, "an input of integers");
      ports.emplace_back(value.name, computed(input));
    }
    return ports;
  }

  [[noreturn]] void reject(ValueId id, std::string_view what) const {
    fail(ErrorKind::unsupported, "graph ", graph_.name(),
         ": TFLite files hold lowered graphs, found ", what, " ", graph_.value(id).name);
  }

  /// The number of a value that is given or computed.
  std::int32_t computed(ValueId id) {
    const Value& value = graph_.value(id);
    return tensors_[{id, 1.0F}] = draft_.add_tensor(value.name, value.shape);
  }

  std::int32_t tensor(ValueId id, float factor = 1.0F) {
    const auto known = tensors_.find({id, factor});
    if (known != tensors_.end()) return known->second;
    return tensors_[{id, factor}] = constant(id, factor);
  }

  std::int32_t constant(ValueId id, float factor) {
    const Value& value = graph_.value(id);
    const std::string name = factor == 1.0F ? value.name : concat(value.name, ".times_", factor);
    const Blob blob{*value.constant, factor, stored_type(value, weights_)};
    if (blob.stored == DType::float32) return draft_.add_constant(name, value.shape, blob);
    const std::int32_t half = draft_.add_constant(name + ".float16", value.shape, blob);
    const std::int32_t wide = draft_.add_tensor(name, value.shape);
    draft_.add_operator(kind::dequantize, {half}, wide,
                        options(BuiltinOptions::DequantizeOptions,
                                tflite::CreateDequantizeOptions(draft_.builder())));
    return wide;
  }

  template <class Table>
  static OperatorOptions options(BuiltinOptions type, flatbuffers::Offset<Table> table) {
    return {type, table.Union()};
  }

  void emit(OperatorKind kind, const Tensors& inputs, ValueId output, OperatorOptions options) {
    draft_.add_operator(kind, inputs, computed(output), options);
  }

  void add(const op::Conv2d& op, ValueId output) {
    const auto table = tflite::CreateConv2DOptions(draft_.builder(), tflite::Padding::valid,
                                                   static_cast<std::int32_t>(op.stride), 1);
    emit(kind::conv_2d, {tensor(op.input), tensor(op.weight), tensor(op.bias)}, output,
         options(BuiltinOptions::Conv2DOptions, table));
  }

  void add(const op::FullyConnected& op, ValueId output) {
    const Tensors inputs{tensor(op.input), tensor(op.weight, op.factor),
                         op.bias ? tensor(*op.bias, op.factor) : -1};
    const auto table = tflite::CreateFullyConnectedOptions(
        draft_.builder(), tflite::Activation::none, 0, /*keep_num_dims=*/true);
    emit(op.bias ? kind::fully_connected : kind::fully_connected_without_bias, inputs, output,
         options(BuiltinOptions::FullyConnectedOptions, table));
  }

  void add(const op::MatMul& op, ValueId output) {
    emit(kind::batch_matmul, {tensor(op.a), tensor(op.b)}, output,
         options(BuiltinOptions::BatchMatMulOptions,
                 tflite::CreateBatchMatMulOptions(draft_.builder())));
  }

  void add(const op::Softmax& op, ValueId output) {
    emit(kind::softmax, {tensor(op.input)}, output,
         options(BuiltinOptions::SoftmaxOptions,
                 tflite::CreateSoftmaxOptions(draft_.builder(), 1.0F)));
  }

  void add_gelu(ValueId input, ValueId output, const OperatorOptions& options) {
    emit(kind::gelu, {tensor(input)}, output, options);
  }
  void add(const op::Gelu& op, ValueId output) {
    add_gelu(
        op.input, output,
        options(BuiltinOptions::GeluOptions, tflite::CreateGeluOptions(draft_.builder(), false)));
  }
  void add(const op::TanhGelu& op, ValueId output) {
    add_gelu(
        op.input, output,
        options(BuiltinOptions::GeluOptions, tflite::CreateGeluOptions(draft_.builder(), true)));
  }

  void add(const op::Add& op, ValueId output) {
    add(op::Binary{op::Binary::Kind::add, op.a, op.b}, output);
  }

  void add(const op::Binary& op, ValueId output) {
    const Tensors inputs{tensor(op.a), tensor(op.b)};
    auto& builder = draft_.builder();
    switch (op.kind) {
      case op::Binary::Kind::add:
        return emit(kind::add, inputs, output,
                    options(BuiltinOptions::AddOptions, tflite::CreateAddOptions(builder)));
      case op::Binary::Kind::subtract:
        return emit(kind::sub, inputs, output,
                    options(BuiltinOptions::SubOptions, tflite::CreateSubOptions(builder)));
      case op::Binary::Kind::multiply:
        return emit(kind::mul, inputs, output,
                    options(BuiltinOptions::MulOptions, tflite::CreateMulOptions(builder)));
      case op::Binary::Kind::divide:
        return emit(kind::div, inputs, output,
                    options(BuiltinOptions::DivOptions, tflite::CreateDivOptions(builder)));
      case op::Binary::Kind::maximum:
        return emit(kind::maximum, inputs, output,
                    options(BuiltinOptions::MaximumMinimumOptions,
                            tflite::CreateMaximumMinimumOptions(builder)));
    }
  }

  // RSQRT has no options.
  void add(const op::Unary& op, ValueId output) {
    if (op.kind == op::Unary::Kind::reciprocal_sqrt) {
      return emit(kind::rsqrt, {tensor(op.input)}, output, {});
    }
    emit(kind::abs, {tensor(op.input)}, output,
         options(BuiltinOptions::AbsOptions, tflite::CreateAbsOptions(draft_.builder())));
  }

  void add(const op::Reduce& op, ValueId output) {
    const auto last = static_cast<std::int32_t>(graph_.shape(op.input).size() - 1);
    const bool is_mean = op.kind == op::Reduce::Kind::mean;
    const auto table = tflite::CreateReducerOptions(draft_.builder(), /*keep_dims=*/true);
    emit(is_mean ? kind::mean : kind::reduce_max, {tensor(op.input), draft_.add_integers({last})},
         output, options(BuiltinOptions::ReducerOptions, table));
  }

  void add(const op::Reshape& op, ValueId output) {
    const Tensors shape = integers(op.shape);
    const Tensors inputs{tensor(op.input), draft_.add_integers(shape)};
    const auto table =
        tflite::CreateReshapeOptions(draft_.builder(), draft_.builder().CreateVector(shape));
    emit(kind::reshape, inputs, output, options(BuiltinOptions::ReshapeOptions, table));
  }

  void add(const op::Transpose& op, ValueId output) {
    emit(kind::transpose, {tensor(op.input), draft_.add_integers(integers(op.order))}, output,
         options(BuiltinOptions::TransposeOptions,
                 tflite::CreateTransposeOptions(draft_.builder())));
  }

  void add(const op::Concat& op, ValueId output) {
    Tensors inputs;
    for (const ValueId input : op.inputs) inputs.push_back(tensor(input));
    const auto table =
        tflite::CreateConcatenationOptions(draft_.builder(), static_cast<std::int32_t>(op.axis));
    emit(kind::concatenation, inputs, output, options(BuiltinOptions::ConcatenationOptions, table));
  }

  void add(const op::Slice& op, ValueId output) {
    Tensors begin(graph_.shape(op.input).size(), 0);
    begin[static_cast<std::size_t>(op.axis)] = static_cast<std::int32_t>(op.first);
    const Tensors inputs{tensor(op.input), draft_.add_integers(begin),
                         draft_.add_integers(integers(graph_.shape(output)))};
    emit(kind::slice, inputs, output,
         options(BuiltinOptions::SliceOptions, tflite::CreateSliceOptions(draft_.builder())));
  }

  // Before and behind each axis: a matrix of two columns.
  void add(const op::Pad& op, ValueId output) {
    const auto rank = static_cast<std::int64_t>(graph_.shape(op.input).size());
    Tensors paddings(static_cast<std::size_t>(2 * rank), 0);
    paddings[static_cast<std::size_t>(2 * op.axis)] = static_cast<std::int32_t>(op.before);
    paddings[static_cast<std::size_t>(2 * op.axis + 1)] = static_cast<std::int32_t>(op.after);
    emit(kind::pad, {tensor(op.input), draft_.add_integers(paddings, {rank, 2})}, output,
         options(BuiltinOptions::PadOptions, tflite::CreatePadOptions(draft_.builder())));
  }

  template <class Operation>
  void add(const Operation& op, ValueId output) {
    reject(output, op_name(Op(op)));
  }

  const Graph& graph_;
  WeightType weights_;
  ModelDraft& draft_;
  std::map<std::pair<ValueId, float>, std::int32_t> tensors_;
};

}  // namespace

void write_tflite(const Graph& graph, WeightType weights, ByteSink& sink) {
  const SignedGraph only{kOnlySignature, &graph};
  write_tflite(std::span(&only, 1), graph.name(), weights, sink);
}

void write_tflite(std::span<const SignedGraph> graphs, const std::string& name, WeightType weights,
                  ByteSink& sink) {
  ModelDraft draft(weight_bytes(graphs, weights) <= kMostInside ? ModelDraft::Weights::inside
                                                                : ModelDraft::Weights::behind);
  for (const auto& [signature, graph] : graphs)
    GraphWriter(*graph, weights, draft).write(signature);
  draft.finish(name, sink);
}

std::uint64_t weight_bytes(const Graph& graph, WeightType weights) {
  const SignedGraph only{kOnlySignature, &graph};
  return weight_bytes(std::span(&only, 1), weights);
}

std::uint64_t weight_bytes(std::span<const SignedGraph> graphs, WeightType weights) {
  std::set<std::pair<const std::byte*, Shape>> known;
  std::uint64_t bytes = 0;
  for (const auto& [signature, graph] : graphs) {
    for (const Value& value : graph->values()) {
      if (!value.constant || !known.emplace(value.constant->data, value.shape).second) continue;
      bytes += static_cast<std::uint64_t>(num_elements(value.shape)) *
               size_of(stored_type(value, weights));
    }
  }
  return bytes;
}

}  // namespace sotto

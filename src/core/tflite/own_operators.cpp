#include "core/tflite/own_operators.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/graph/op.h"
#include "core/tflite/own_fields.h"

namespace sotto {
namespace {

using tflite::BuiltinOptions;
using Type = tflite::TensorType;

constexpr std::size_t kMostAxes = 4;

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  fail(ErrorKind::unsupported, parts...);
}

void expect(bool condition, std::string_view what) {
  if (!condition) refuse("has ", what, ", which Sotto does not write");
}

/// Reads an operator's operands and options as the operation that they stand for, and collects the
/// shapes from which the output's follows.
class Reader {
 public:
  explicit Reader(const StoredOperator& op) : op_(op) {}

  [[nodiscard]] const std::vector<Shape>& shapes() const { return shapes_; }
  [[nodiscard]] std::size_t inputs() const { return op_.op.inputs.size(); }
  [[nodiscard]] bool has(std::size_t place) const {
    return place < inputs() && op_.op.inputs[place] >= 0;
  }
  [[nodiscard]] const TfliteTensor& tensor(std::size_t place) const {
    return op_.graph.tensors[static_cast<std::size_t>(op_.op.inputs[place])];
  }
  [[nodiscard]] const TfliteTensor& output() const {
    return op_.graph.tensors[static_cast<std::size_t>(op_.op.outputs[0])];
  }

  /// An operand of floats. Operations number theirs in the order in which they are read.
  ValueId values(std::size_t place) {
    if (!has(place)) refuse("has no input ", place);
    expect(tensor(place).type == Type::float32, concat("an input ", place, " that is not float32"));
    shapes_.push_back(tensor(place).shape);
    return {static_cast<std::uint32_t>(shapes_.size() - 1)};
  }

  /// Integers that the file holds.
  [[nodiscard]] std::vector<std::int64_t> integers(std::size_t place, const Shape& shape) const {
    if (!has(place)) refuse("has no input ", place);
    const TfliteTensor& tensor = this->tensor(place);
    if (tensor.type != Type::int32 || !tensor.constant || tensor.shape != shape) {
      refuse("has an input ", place, " that is not a constant of int32 ", to_string(shape));
    }
    std::vector<std::int32_t> values(static_cast<std::size_t>(num_elements(shape)));
    std::memcpy(values.data(), tensor.constant->data(), tensor.constant->size());
    return {values.begin(), values.end()};
  }

  /// As many as the first input has axes.
  [[nodiscard]] std::vector<std::int64_t> integer_per_axis(std::size_t place) const {
    return integers(place, {static_cast<std::int64_t>(tensor(0).shape.size())});
  }

  template <class Table>
  [[nodiscard]] const Table& options() const {
    const auto* table = op_.stored.builtin_options_as<Table>();
    if (table == nullptr) refuse("has not the options of its kind");
    return *table;
  }

  template <class Table>
  [[nodiscard]] const Table& options(flatbuffers::voffset_t last) const {
    const Table& table = options<Table>();
    check_no_field_beyond(&table, last, "has options with");
    return table;
  }

 private:
  const StoredOperator& op_;
  std::vector<Shape> shapes_;
};

void expect_no_activation(tflite::Activation activation) {
  expect(activation == tflite::Activation::none, "an activation");
}

Op read_binary(Reader& reader, op::Binary::Kind kind) {
  const ValueId a = reader.values(0);
  return op::Binary{kind, a, reader.values(1)};
}

Op read_add(Reader& reader) {
  using Options = tflite::AddOptions;
  const auto& options = reader.options<Options>(Options::VT_POT_SCALE_INT16);
  expect_no_activation(options.activation());
  return read_binary(reader, op::Binary::Kind::add);
}

Op read_sub(Reader& reader) {
  using Options = tflite::SubOptions;
  const auto& options = reader.options<Options>(Options::VT_POT_SCALE_INT16);
  expect_no_activation(options.activation());
  return read_binary(reader, op::Binary::Kind::subtract);
}

Op read_mul(Reader& reader) {
  using Options = tflite::MulOptions;
  expect_no_activation(reader.options<Options>(Options::VT_ACTIVATION).activation());
  return read_binary(reader, op::Binary::Kind::multiply);
}

Op read_div(Reader& reader) {
  using Options = tflite::DivOptions;
  expect_no_activation(reader.options<Options>(Options::VT_ACTIVATION).activation());
  return read_binary(reader, op::Binary::Kind::divide);
}

Op read_maximum(Reader& reader) {
  static_cast<void>(reader.options<tflite::MaximumMinimumOptions>(0));
  return read_binary(reader, op::Binary::Kind::maximum);
}

Op read_abs(Reader& reader) {
  static_cast<void>(reader.options<tflite::AbsOptions>(0));
  return op::Unary{op::Unary::Kind::absolute, reader.values(0)};
}

Op read_rsqrt(Reader& reader) {
  return op::Unary{op::Unary::Kind::reciprocal_sqrt, reader.values(0)};
}

Op read_gelu(Reader& reader) {
  using Options = tflite::GeluOptions;
  static_cast<void>(reader.options<Options>(Options::VT_APPROXIMATE));
  return op::Gelu{reader.values(0)};
}

Op read_softmax(Reader& reader) {
  using Options = tflite::SoftmaxOptions;
  expect(reader.options<Options>(Options::VT_BETA).beta() == 1.0F, "a beta other than 1");
  return op::Softmax{reader.values(0)};
}

// Of the last axis, which stays: other axes are never reduced.
Op read_reduction(Reader& reader, op::Reduce::Kind kind) {
  using Options = tflite::ReducerOptions;
  expect(reader.options<Options>(Options::VT_KEEP_DIMS).keep_dims(), "an axis that does not stay");
  const ValueId input = reader.values(0);
  const auto last = static_cast<std::int64_t>(reader.tensor(0).shape.size()) - 1;
  expect(reader.integers(1, {1})[0] == last, "an axis that is not the last");
  return op::Reduce{kind, input};
}

Op read_mean(Reader& reader) { return read_reduction(reader, op::Reduce::Kind::mean); }
Op read_reduce_max(Reader& reader) { return read_reduction(reader, op::Reduce::Kind::maximum); }

Op read_batch_matmul(Reader& reader) {
  using Options = tflite::BatchMatMulOptions;
  const auto& options = reader.options<Options>(Options::VT_ASYMMETRIC_QUANTIZE_INPUTS);
  expect(!options.adj_x() && !options.adj_y() && !options.asymmetric_quantize_inputs(),
         "options set");
  const ValueId a = reader.values(0);
  return op::MatMul{a, reader.values(1)};
}

Op read_fully_connected(Reader& reader) {
  using Options = tflite::FullyConnectedOptions;
  const auto& options = reader.options<Options>(Options::VT_ASYMMETRIC_QUANTIZE_INPUTS);
  expect_no_activation(options.activation());
  expect(options.weights_format() == 0 && !options.asymmetric_quantize_inputs(),
         "weights of another format");
  expect(options.keep_num_dims(), "axes that do not stay");
  op::FullyConnected operation{reader.values(0), reader.values(1), std::nullopt};
  if (reader.has(2)) operation.bias = reader.values(2);
  return operation;
}

Op read_conv_2d(Reader& reader) {
  using Options = tflite::Conv2DOptions;
  const auto& options = reader.options<Options>(Options::VT_DILATION_H_FACTOR);
  expect_no_activation(options.activation());
  expect(options.padding() == tflite::Padding::valid && options.stride_h() == 1 &&
             options.dilation_w_factor() == 1 && options.dilation_h_factor() == 1,
         "padding, or strides or dilation along another axis");
  op::Conv2d operation{reader.values(0), reader.values(1), reader.values(2)};
  operation.stride = options.stride_w();
  return operation;
}

Op read_reshape(Reader& reader) {
  using Options = tflite::ReshapeOptions;
  const auto* stored = reader.options<Options>(Options::VT_NEW_SHAPE).new_shape();
  const Shape& shape = reader.output().shape;
  const ValueId input = reader.values(0);
  const bool same =
      stored != nullptr && std::equal(stored->begin(), stored->end(), shape.begin(), shape.end());
  expect(same && reader.integers(1, {static_cast<std::int64_t>(shape.size())}) == shape,
         "a new shape that is not its output's");
  return op::Reshape{input, shape};
}

Op read_transpose(Reader& reader) {
  static_cast<void>(reader.options<tflite::TransposeOptions>(0));
  const ValueId input = reader.values(0);
  return op::Transpose{input, reader.integer_per_axis(1)};
}

Op read_concatenation(Reader& reader) {
  using Options = tflite::ConcatenationOptions;
  const auto& options = reader.options<Options>(Options::VT_ACTIVATION);
  expect_no_activation(options.activation());
  op::Concat operation;
  for (std::size_t i = 0; i < reader.inputs(); ++i) operation.inputs.push_back(reader.values(i));
  operation.axis = options.axis();
  return operation;
}

Op read_slice(Reader& reader) {
  static_cast<void>(reader.options<tflite::SliceOptions>(0));
  op::Slice operation{reader.values(0)};
  const Shape& shape = reader.tensor(0).shape;
  const auto first = reader.integer_per_axis(1), count = reader.integer_per_axis(2);
  expect(!shape.empty(), "nothing to cut");
  operation.count = shape[0];
  int cut = 0;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (first[axis] == 0 && count[axis] == shape[axis]) continue;
    operation = {operation.input, static_cast<std::int64_t>(axis), first[axis], count[axis]};
    ++cut;
  }
  expect(cut <= 1, "cuts along several axes");
  return operation;
}

Op read_pad(Reader& reader) {
  static_cast<void>(reader.options<tflite::PadOptions>(0));
  op::Pad operation{reader.values(0)};
  const std::size_t rank = reader.tensor(0).shape.size();
  const auto paddings = reader.integers(1, {static_cast<std::int64_t>(rank), 2});
  int padded = 0;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const std::int64_t before = paddings[2 * axis], after = paddings[2 * axis + 1];
    if (before == 0 && after == 0) continue;
    operation = {operation.input, static_cast<std::int64_t>(axis), before, after};
    ++padded;
  }
  expect(padded <= 1, "padding along several axes");
  return operation;
}

/// What the emitter writes for an operation of a graph.
struct OwnOperator {
  std::int32_t code;
  std::int32_t least_version, most_version;
  std::size_t inputs;  ///< 0: any number
  BuiltinOptions options;
  Op (*read)(Reader& reader);
};

// Numbers and versions as the emitter (compile/emitters/tflite) has them.
constexpr auto kOwnOperators = std::to_array<OwnOperator>({
    {0, 1, 1, 2, BuiltinOptions::AddOptions, read_add},
    {2, 1, 1, 0, BuiltinOptions::ConcatenationOptions, read_concatenation},
    {3, 1, 1, 3, BuiltinOptions::Conv2DOptions, read_conv_2d},
    {9, 5, 6, 3, BuiltinOptions::FullyConnectedOptions, read_fully_connected},
    {18, 1, 1, 2, BuiltinOptions::MulOptions, read_mul},
    {22, 1, 1, 2, BuiltinOptions::ReshapeOptions, read_reshape},
    {25, 1, 1, 1, BuiltinOptions::SoftmaxOptions, read_softmax},
    {34, 1, 1, 2, BuiltinOptions::PadOptions, read_pad},
    {39, 1, 1, 2, BuiltinOptions::TransposeOptions, read_transpose},
    {40, 1, 1, 2, BuiltinOptions::ReducerOptions, read_mean},
    {41, 1, 1, 2, BuiltinOptions::SubOptions, read_sub},
    {42, 1, 1, 2, BuiltinOptions::DivOptions, read_div},
    {55, 1, 1, 2, BuiltinOptions::MaximumMinimumOptions, read_maximum},
    {65, 1, 1, 3, BuiltinOptions::SliceOptions, read_slice},
    {76, 1, 1, 1, BuiltinOptions::NONE, read_rsqrt},
    {82, 1, 1, 2, BuiltinOptions::ReducerOptions, read_reduce_max},
    {101, 1, 1, 1, BuiltinOptions::AbsOptions, read_abs},
    {126, 1, 1, 2, BuiltinOptions::BatchMatMulOptions, read_batch_matmul},
    {150, 1, 1, 1, BuiltinOptions::GeluOptions, read_gelu},
});

constexpr std::int32_t kDequantize = 6, kDequantizeVersion = 3;

/// The one operator that is not a graph's: it widens a constant.
void check_widening(const StoredOperator& op, const Reader& reader) {
  expect(op.op.version == kDequantizeVersion, concat("version ", op.op.version));
  static_cast<void>(reader.options<tflite::DequantizeOptions>(0));
  const bool is_half =
      reader.has(0) && reader.tensor(0).type == Type::float16 && reader.tensor(0).constant;
  expect(is_half, "an input that is not a constant of float16");
  if (reader.tensor(0).shape != reader.output().shape) {
    refuse("has an output of ", to_string(reader.output().shape), ", expected ",
           to_string(reader.tensor(0).shape));
  }
}

void check_tensor(const TfliteTensor& tensor) {
  const bool is_empty = std::any_of(tensor.shape.begin(), tensor.shape.end(),
                                    [](std::int64_t extent) { return extent < 1; });
  expect(tensor.shape.size() <= kMostAxes && !is_empty,
         "a shape of more than four axes, or without elements");
}

Shape inferred(const Op& operation, const std::vector<Shape>& shapes) {
  try {
    return infer_shape(operation, shapes);
  } catch (const Error& error) {
    refuse("has operands that do not fit: ", error.message());
  }
}

void check_operation(const StoredOperator& op, const OwnOperator& own, Reader& reader) {
  const bool is_known = op.op.version >= own.least_version && op.op.version <= own.most_version;
  expect(is_known, concat("version ", op.op.version));
  expect(own.inputs == 0 || op.op.inputs.size() == own.inputs,
         concat(op.op.inputs.size(), " inputs"));
  const bool has_options = op.stored.builtin_options() != nullptr;
  expect(op.stored.builtin_options_type() == own.options &&
             has_options == (own.options != BuiltinOptions::NONE),
         "the options of another kind");
  const Shape wanted = inferred(own.read(reader), reader.shapes());
  if (wanted != reader.output().shape) {
    refuse("has an output of ", to_string(reader.output().shape), ", expected ", to_string(wanted));
  }
}

}  // namespace

void check_own_operator(const StoredOperator& op) {
  using Stored = tflite::Operator;
  const auto* own = std::find_if(kOwnOperators.begin(), kOwnOperators.end(),
                                 [&](const OwnOperator& row) { return row.code == op.op.code; });
  if (own == kOwnOperators.end() && op.op.code != kDequantize) {
    refuse("is none of the operators that Sotto writes");
  }
  check_only_fields(&op.stored,
                    {Stored::VT_OPCODE_INDEX, Stored::VT_INPUTS, Stored::VT_OUTPUTS,
                     Stored::VT_BUILTIN_OPTIONS_TYPE, Stored::VT_BUILTIN_OPTIONS},
                    "has");
  expect(op.op.outputs.size() == 1, concat(op.op.outputs.size(), " outputs"));
  Reader reader(op);
  expect(reader.output().type == Type::float32, "an output that is not float32");
  for (std::size_t i = 0; i < reader.inputs(); ++i) {
    if (reader.has(i)) check_tensor(reader.tensor(i));
  }
  check_tensor(reader.output());
  if (own == kOwnOperators.end()) return check_widening(op, reader);
  check_operation(op, *own, reader);
}

}  // namespace sotto

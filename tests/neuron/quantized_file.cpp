#include "neuron/quantized_file.h"

#include "core/base/error.h"
#include "support/files.h"

namespace sotto::test {
namespace {

using tflite::BuiltinOptions;
using tflite::TensorType;

// The format's numbers of operators.
constexpr std::int32_t kAdd = 0, kConv2D = 3, kDequantize = 6, kFullyConnected = 9, kMul = 18;
constexpr std::int32_t kQuantize = 114, kBatchMatMul = 126;

struct Options {
  BuiltinOptions type = BuiltinOptions::NONE;
  flatbuffers::Offset<void> table;
};

Options options_of(flatbuffers::FlatBufferBuilder& builder, std::int32_t code) {
  switch (code) {
    case kAdd:
      return {BuiltinOptions::AddOptions, tflite::CreateAddOptions(builder).Union()};
    case kMul:
      return {BuiltinOptions::MulOptions, tflite::CreateMulOptions(builder).Union()};
    case kConv2D:
      return {BuiltinOptions::Conv2DOptions,
              tflite::CreateConv2DOptions(builder, tflite::Padding::valid, 2, 1).Union()};
    case kFullyConnected:
      return {
          BuiltinOptions::FullyConnectedOptions,
          tflite::CreateFullyConnectedOptions(builder, tflite::Activation::none, 0, true).Union()};
    case kBatchMatMul:
      return {BuiltinOptions::BatchMatMulOptions,
              tflite::CreateBatchMatMulOptions(builder, false, true).Union()};
    case kDequantize:
      return {BuiltinOptions::DequantizeOptions, tflite::CreateDequantizeOptions(builder).Union()};
    default:
      return {};
  }
}

// The versions from which on operators take int8.
std::int32_t version_of(std::int32_t code) {
  switch (code) {
    case kFullyConnected:
      return 5;
    case kConv2D:
      return 3;
    case kQuantize:
      return 1;
    default:
      return 2;
  }
}

}  // namespace

QuantizedFile::QuantizedFile() { buffers_.push_back(tflite::CreateBuffer(builder_)); }

std::uint32_t QuantizedFile::add_buffer(const void* data, std::size_t bytes) {
  builder_.ForceVectorAlignment(bytes, 1, 16);
  const auto vector = builder_.CreateVector(static_cast<const std::uint8_t*>(data), bytes);
  buffers_.push_back(tflite::CreateBuffer(builder_, vector));
  return static_cast<std::uint32_t>(buffers_.size() - 1);
}

std::int32_t QuantizedFile::add_tensor(const std::vector<std::int32_t>& shape, TensorType type,
                                       const Quantized& form, std::uint32_t buffer) {
  flatbuffers::Offset<tflite::Quantization> quantization;
  if (!form.scales.empty()) {
    const auto scales = builder_.CreateVector(form.scales);
    const auto zeros =
        builder_.CreateVector(std::vector<std::int64_t>(form.scales.size(), form.zero_point));
    quantization = tflite::CreateQuantization(builder_, 0, 0, scales, zeros);
  }
  const auto name = builder_.CreateString(concat("t", tensors_.size()));
  const auto extents = builder_.CreateVector(shape);
  tensors_.push_back(tflite::CreateTensor(builder_, extents, type, buffer, name, quantization));
  return static_cast<std::int32_t>(tensors_.size() - 1);
}

void QuantizedFile::add(std::int32_t code, const std::vector<std::int32_t>& inputs,
                        std::int32_t output) {
  const Options options = options_of(builder_, code);
  const auto in = builder_.CreateVector(inputs);
  const auto out = builder_.CreateVector(std::vector<std::int32_t>{output});
  operators_.push_back(tflite::CreateOperator(builder_, static_cast<std::uint32_t>(codes_.size()),
                                              in, out, options.type, options.table));
  codes_.push_back(tflite::CreateOperatorCode(builder_, static_cast<std::int8_t>(code), 0,
                                              version_of(code), code));
}

std::int32_t QuantizedFile::add_input(const std::vector<std::int32_t>& shape,
                                      const Quantized& form) {
  const std::int32_t input = add_tensor(shape, TensorType::float32, {});
  inputs_.push_back(input);
  const std::int32_t quantized = add_tensor(shape, TensorType::int8, form);
  add(kQuantize, {input}, quantized);
  return quantized;
}

std::int32_t QuantizedFile::add_constant(const std::vector<std::int32_t>& shape,
                                         const Quantized& form,
                                         const std::vector<std::int8_t>& numbers) {
  return add_tensor(shape, TensorType::int8, form, add_buffer(numbers.data(), numbers.size()));
}

std::int32_t QuantizedFile::add_bias(const Quantized& form,
                                     const std::vector<std::int32_t>& numbers) {
  return add_tensor({static_cast<std::int32_t>(numbers.size())}, TensorType::int32, form,
                    add_buffer(numbers.data(), numbers.size() * sizeof(std::int32_t)));
}

std::int32_t QuantizedFile::add_operator(std::int32_t code, const std::vector<std::int32_t>& inputs,
                                         const std::vector<std::int32_t>& shape,
                                         const Quantized& form) {
  const std::int32_t output = add_tensor(shape, TensorType::int8, form);
  add(code, inputs, output);
  return output;
}

void QuantizedFile::add_output(std::int32_t tensor, const std::vector<std::int32_t>& shape) {
  outputs_.push_back(add_tensor(shape, TensorType::float32, {}));
  add(kDequantize, {tensor}, outputs_.back());
}

void QuantizedFile::write(const std::filesystem::path& path) {
  const auto ports = [&](const std::vector<std::int32_t>& tensors, const std::string& name) {
    std::vector<flatbuffers::Offset<tflite::TensorMap>> maps;
    for (const std::int32_t tensor : tensors) {
      const auto text = builder_.CreateString(concat(name, maps.size()));
      maps.push_back(tflite::CreateTensorMap(builder_, text, static_cast<std::uint32_t>(tensor)));
    }
    return builder_.CreateVector(maps);
  };
  const auto inputs = ports(inputs_, "x"), outputs = ports(outputs_, "y");
  const auto key = builder_.CreateString("serving_default");
  const std::vector signatures{tflite::CreateSignatureDef(builder_, inputs, outputs, key)};
  const auto tensors = builder_.CreateVector(tensors_);
  const auto in = builder_.CreateVector(inputs_), out = builder_.CreateVector(outputs_);
  const auto operators = builder_.CreateVector(operators_);
  const auto name = builder_.CreateString("main");
  const std::vector graphs{tflite::CreateSubGraph(builder_, tensors, in, out, operators, name)};
  const auto model =
      tflite::CreateModel(builder_, 3, builder_.CreateVector(codes_), builder_.CreateVector(graphs),
                          builder_.CreateString("quantized"), builder_.CreateVector(buffers_), 0, 0,
                          builder_.CreateVector(signatures));
  builder_.Finish(model, "TFL3");
  write_file(path,
             {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()});
}

}  // namespace sotto::test

#include "tflite_file.h"

#include <algorithm>
#include <fstream>

namespace sotto::test {
namespace {

constexpr std::int32_t kFullyConnected = 9, kMul = 18, kSoftmax = 25, kSub = 41, kSum = 74,
                       kBatchMatMul = 126, kGelu = 150;
constexpr std::int8_t kLastOldCode = 127;  // stands for any larger number

using tflite::BuiltinOptions;

flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<tflite::TensorMap>>> named(
    flatbuffers::FlatBufferBuilder& builder, const TfliteFile::Ports& ports) {
  std::vector<flatbuffers::Offset<tflite::TensorMap>> maps;
  for (const auto& [name, tensor] : ports) {
    maps.push_back(tflite::CreateTensorMap(builder, builder.CreateString(name),
                                           static_cast<std::uint32_t>(tensor)));
  }
  return builder.CreateVector(maps);
}

std::vector<std::int32_t> numbers(const TfliteFile::Ports& ports) {
  std::vector<std::int32_t> tensors;
  for (const auto& [name, tensor] : ports) tensors.push_back(tensor);
  return tensors;
}

}  // namespace

std::uint32_t TfliteFile::add_buffer(const void* data, std::size_t bytes) {
  if (buffers_.empty()) buffers_.push_back(tflite::CreateBuffer(builder_));
  if (bytes == 0) return 0;
  builder_.ForceVectorAlignment(bytes, 1, 16);
  const auto vector = builder_.CreateVector(static_cast<const std::uint8_t*>(data), bytes);
  buffers_.push_back(tflite::CreateBuffer(builder_, vector));
  return static_cast<std::uint32_t>(buffers_.size() - 1);
}

std::int32_t TfliteFile::add(const std::string& name, const Shape& shape, tflite::TensorType type,
                             std::uint32_t buffer) {
  const std::vector<std::int32_t> extents(shape.begin(), shape.end());
  const auto extents_offset = builder_.CreateVector(extents);
  const auto name_offset = builder_.CreateString(name);
  tflite::TensorBuilder tensor(builder_);
  tensor.add_shape(extents_offset);
  tensor.add_type(type);
  tensor.add_buffer(buffer);
  tensor.add_name(name_offset);
  tensors_.push_back(tensor.Finish());
  return static_cast<std::int32_t>(tensors_.size() - 1);
}

std::int32_t TfliteFile::add_tensor(const std::string& name, const Shape& shape,
                                    tflite::TensorType type) {
  return add(name, shape, type, add_buffer(nullptr, 0));
}

std::int32_t TfliteFile::add_constant(const std::string& name, const Shape& shape,
                                      const std::vector<float>& values) {
  return add(name, shape, tflite::TensorType::float32,
             add_buffer(values.data(), values.size() * sizeof(float)));
}

std::int32_t TfliteFile::add_constant(const std::string& name,
                                      const std::vector<std::int32_t>& values) {
  return add(name, {static_cast<std::int64_t>(values.size())}, tflite::TensorType::int32,
             add_buffer(values.data(), values.size() * sizeof(std::int32_t)));
}

void TfliteFile::add_operator(const Operation& operation, const std::vector<std::int32_t>& inputs,
                              std::int32_t output) {
  flatbuffers::Offset<flatbuffers::String> name;
  if (!operation.custom_name.empty()) name = builder_.CreateString(operation.custom_name);
  const auto old_code =
      static_cast<std::int8_t>(std::min<std::int32_t>(operation.code, kLastOldCode));
  codes_.push_back(
      tflite::CreateOperatorCode(builder_, old_code, name, operation.version, operation.code));
  const auto input_vector = builder_.CreateVector(inputs);
  const auto output_vector = builder_.CreateVector(std::vector<std::int32_t>{output});
  operators_.push_back(
      tflite::CreateOperator(builder_, static_cast<std::uint32_t>(codes_.size() - 1), input_vector,
                             output_vector, operation.options_type, operation.options));
}

void TfliteFile::add_fully_connected(std::int32_t input, std::int32_t weights,
                                     std::int32_t output) {
  tflite::FullyConnectedOptionsBuilder options(builder_);
  options.add_keep_num_dims(true);
  add_operator({.code = kFullyConnected,
                .version = 5,
                .options_type = BuiltinOptions::FullyConnectedOptions,
                .options = options.Finish().Union()},
               {input, weights, -1}, output);
}

void TfliteFile::add_batch_matmul(std::int32_t a, std::int32_t b, std::int32_t output) {
  add_operator({.code = kBatchMatMul,
                .options_type = BuiltinOptions::BatchMatMulOptions,
                .options = tflite::CreateBatchMatMulOptions(builder_).Union()},
               {a, b}, output);
}

void TfliteFile::add_gelu(std::int32_t input, std::int32_t output) {
  add_operator({.code = kGelu,
                .options_type = BuiltinOptions::GeluOptions,
                .options = tflite::CreateGeluOptions(builder_).Union()},
               {input}, output);
}

void TfliteFile::add_softmax(std::int32_t input, std::int32_t output) {
  add_operator({.code = kSoftmax,
                .options_type = BuiltinOptions::SoftmaxOptions,
                .options = tflite::CreateSoftmaxOptions(builder_, 1.0F).Union()},
               {input}, output);
}

void TfliteFile::add_subtract(std::int32_t a, std::int32_t b, std::int32_t output) {
  add_operator({.code = kSub,
                .options_type = BuiltinOptions::SubOptions,
                .options = tflite::CreateSubOptions(builder_).Union()},
               {a, b}, output);
}

void TfliteFile::add_multiply(std::int32_t a, std::int32_t b, std::int32_t output) {
  add_operator({.code = kMul,
                .options_type = BuiltinOptions::MulOptions,
                .options = tflite::CreateMulOptions(builder_).Union()},
               {a, b}, output);
}

void TfliteFile::add_sum(std::int32_t input, std::int32_t axes, std::int32_t output) {
  add_operator({.code = kSum,
                .options_type = BuiltinOptions::ReducerOptions,
                .options = tflite::CreateReducerOptions(builder_, true).Union()},
               {input, axes}, output);
}

flatbuffers::Offset<tflite::SubGraph> TfliteFile::graph(const Ports& inputs, const Ports& outputs) {
  const auto tensors = builder_.CreateVector(tensors_);
  const auto input_vector = builder_.CreateVector(numbers(inputs));
  const auto output_vector = builder_.CreateVector(numbers(outputs));
  const auto operators = builder_.CreateVector(operators_);
  return tflite::CreateSubGraph(builder_, tensors, input_vector, output_vector, operators,
                                builder_.CreateString("main"));
}

void TfliteFile::write(const std::filesystem::path& path, const Ports& inputs, const Ports& outputs,
                       const std::string& key) {
  std::vector<flatbuffers::Offset<tflite::SignatureDef>> signatures;
  if (!key.empty()) {
    const auto input_names = named(builder_, inputs);
    const auto output_names = named(builder_, outputs);
    signatures.push_back(tflite::CreateSignatureDef(builder_, input_names, output_names,
                                                    builder_.CreateString(key)));
  }
  const std::vector<flatbuffers::Offset<tflite::SubGraph>> graphs{graph(inputs, outputs)};
  const auto codes = builder_.CreateVector(codes_);
  const auto graph_vector = builder_.CreateVector(graphs);
  const auto buffers = builder_.CreateVector(buffers_);
  const auto signature_vector = builder_.CreateVector(signatures);
  tflite::ModelBuilder model(builder_);
  model.add_version(3);
  model.add_operator_codes(codes);
  model.add_subgraphs(graph_vector);
  model.add_buffers(buffers);
  model.add_signature_defs(signature_vector);
  builder_.Finish(model.Finish(), "TFL3");
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(builder_.GetBufferPointer()),
             static_cast<std::streamsize>(builder_.GetSize()));
}

}  // namespace sotto::test

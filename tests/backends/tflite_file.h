#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/base/shape.h"
#include "tflite/schema_generated.h"

namespace sotto::test {

/// A TFLite file written by hand, so that a test can put in it what an exporter would not. Tensors
/// go by number, operators run in the order in which they are added.
class TfliteFile {
 public:
  using Ports = std::vector<std::pair<std::string, std::int32_t>>;

  std::int32_t add_tensor(const std::string& name, const Shape& shape,
                          tflite::TensorType type = tflite::TensorType::float32);
  std::int32_t add_constant(const std::string& name, const Shape& shape,
                            const std::vector<float>& values);
  std::int32_t add_constant(const std::string& name, const std::vector<std::int32_t>& values);

  /// An operator by its number in the format (32 with a name of its own), with its one output.
  struct Operation {
    std::int32_t code = 0;
    std::int32_t version = 1;
    std::string custom_name{};
    tflite::BuiltinOptions options_type = tflite::BuiltinOptions::NONE;
    flatbuffers::Offset<void> options{};
  };
  void add_operator(const Operation& operation, const std::vector<std::int32_t>& inputs,
                    std::int32_t output);

  // Those that the tests are made of.
  void add_fully_connected(std::int32_t input, std::int32_t weights, std::int32_t output);
  void add_batch_matmul(std::int32_t a, std::int32_t b, std::int32_t output);
  void add_gelu(std::int32_t input, std::int32_t output);
  void add_softmax(std::int32_t input, std::int32_t output);
  void add_subtract(std::int32_t a, std::int32_t b, std::int32_t output);
  void add_multiply(std::int32_t a, std::int32_t b, std::int32_t output);
  void add_sum(std::int32_t input, std::int32_t axes, std::int32_t output);

  /// Writes the file, with one signature that names these tensors; with none when `key` is empty.
  void write(const std::filesystem::path& path, const Ports& inputs, const Ports& outputs,
             const std::string& key = "serving_default");

 private:
  std::int32_t add(const std::string& name, const Shape& shape, tflite::TensorType type,
                   std::uint32_t buffer);
  std::uint32_t add_buffer(const void* data, std::size_t bytes);
  flatbuffers::Offset<tflite::SubGraph> graph(const Ports& inputs, const Ports& outputs);

  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<tflite::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes_;
  std::vector<flatbuffers::Offset<tflite::Operator>> operators_;
};

}  // namespace sotto::test

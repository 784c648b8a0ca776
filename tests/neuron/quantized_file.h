#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tflite/schema_generated.h"

namespace sotto::test {

/// How a tensor is quantized: one scale, or one for each place of its first axis.
struct Quantized {
  std::vector<float> scales;
  std::int64_t zero_point = 0;
};

/// A TFLite file of a quantized graph in the making: inputs of float32 that are quantized, one
/// operator, and its result made float32 again.
class QuantizedFile {
 public:
  QuantizedFile();

  /// An input of float32, and what becomes of it; gives the quantized tensor.
  std::int32_t add_input(const std::vector<std::int32_t>& shape, const Quantized& form);
  std::int32_t add_constant(const std::vector<std::int32_t>& shape, const Quantized& form,
                            const std::vector<std::int8_t>& numbers);
  /// Of int32, in the product of the scales of input and weights.
  std::int32_t add_bias(const Quantized& form, const std::vector<std::int32_t>& numbers);

  /// An operator of the format's number, whose result is quantized so.
  std::int32_t add_operator(std::int32_t code, const std::vector<std::int32_t>& inputs,
                            const std::vector<std::int32_t>& shape, const Quantized& form);
  /// Ends the graph with DEQUANTIZE.
  void add_output(std::int32_t tensor, const std::vector<std::int32_t>& shape);

  void write(const std::filesystem::path& path);

 private:
  std::int32_t add_tensor(const std::vector<std::int32_t>& shape, tflite::TensorType type,
                          const Quantized& form, std::uint32_t buffer = 0);
  std::uint32_t add_buffer(const void* data, std::size_t bytes);
  void add(std::int32_t code, const std::vector<std::int32_t>& inputs, std::int32_t output);

  flatbuffers::FlatBufferBuilder builder_;
  std::vector<flatbuffers::Offset<tflite::Buffer>> buffers_;
  std::vector<flatbuffers::Offset<tflite::Tensor>> tensors_;
  std::vector<flatbuffers::Offset<tflite::Operator>> operators_;
  std::vector<flatbuffers::Offset<tflite::OperatorCode>> codes_;
  std::vector<std::int32_t> inputs_, outputs_;
};

}  // namespace sotto::test

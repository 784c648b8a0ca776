#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tflite/schema_generated.h"

namespace sotto::test {

struct RawBuffer {
  std::string data;  ///< in the flatbuffer; otherwise
  std::uint64_t offset = 0, size = 0;
};

struct RawTensor {
  std::string name;
  std::vector<std::int32_t> shape;
  tflite::TensorType type = tflite::TensorType::float32;
  std::uint32_t buffer = 0;
  std::vector<std::int32_t> shape_signature = {};
  std::vector<float> scales = {};
  bool is_variable = false;
  bool is_sparse = false;
  std::uint32_t external_buffer = 0;
};

struct RawCode {
  std::int32_t code = 0;
  std::string custom_name = {};
  std::int8_t deprecated_code = 0;
};

struct RawOperator {
  std::uint32_t code_index = 0;
  std::vector<std::int32_t> inputs, outputs;
  bool approximate_gelu = false;
  bool adj_x = false, adj_y = false;
  std::string composite_name = {};  ///< of a STABLEHLO_COMPOSITE, as the two behind it
  std::int32_t decomposition = 0;
  std::string attributes = {};
};

/// A graph behind the first, of the same buffers and codes.
struct RawGraph {
  std::vector<RawTensor> tensors;
  std::vector<RawOperator> operators;
  std::vector<std::int32_t> inputs, outputs;
};

/// A TFLite file of one graph, field by field as the format has them, so that a test can write what
/// no exporter would.
struct RawTflite {
  std::uint32_t version = 3;
  std::string description = "raw";
  std::vector<RawBuffer> buffers = {{}};  ///< the first is the format's empty one
  std::vector<RawCode> codes;
  std::vector<RawTensor> tensors;
  std::vector<RawOperator> operators;
  std::vector<std::int32_t> inputs, outputs;
  std::uint32_t signature_graph = 0;
  std::vector<std::pair<std::string, std::uint32_t>> signature_inputs, signature_outputs;
  std::vector<RawGraph> more_graphs;
  std::size_t graphs = 1;  ///< entries of the list of graphs, which share the same bytes

  std::int32_t add_tensor(RawTensor tensor);
  /// A float32 or int32 constant.
  std::int32_t add_constant(const std::string& name, const std::vector<std::int32_t>& shape,
                            const std::vector<float>& values);
  std::int32_t add_integers(const std::string& name, const std::vector<std::int32_t>& values);
  /// Returns it, for its options to be set.
  RawOperator& add_operator(std::int32_t code, const std::vector<std::int32_t>& inputs,
                            const std::vector<std::int32_t>& outputs,
                            const std::string& custom_name = {});

  [[nodiscard]] std::string bytes() const;
};

/// An embedding's projection: a matrix product with bias, GELU, a product with its transpose.
[[nodiscard]] RawTflite small_tflite();

/// Attributes of a composite: a map of one integer.
[[nodiscard]] std::string attribute(const std::string& name, std::int64_t value);

/// x times a constant, as a composite of this name with a graph of MUL behind it.
[[nodiscard]] RawTflite composite_tflite(const std::string& name,
                                         const std::string& attributes = {});

}  // namespace sotto::test

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/shape.h"
#include "tflite/schema_generated.h"

namespace sotto {

/// What is in a TFLite file, checked: every index is in range, every buffer lies inside the file,
/// every graph is well-formed (well_formed.h).
/// Of the operators' options only those that say what is computed, and at what cost, are kept.

struct TfliteTensor {
  std::string name;
  tflite::TensorType type = tflite::TensorType::float32;
  Shape shape;  ///< 1 stands where an extent is not fixed
  bool has_fixed_shape = true;
  bool is_variable = false;  ///< state that stays from run to run
  std::size_t scales = 0;    ///< of its quantization; 0 where there is none
  /// Present for constants: their bytes, in the file's mapping.
  std::optional<std::span<const std::byte>> constant;
};

/// A call of another graph under a name that compilers may know. Those that do put an operation of
/// their own in its place; the others run the graph.
struct TfliteComposite {
  std::string name;
  std::size_t decomposition = 0;       ///< place in TfliteModel::subgraphs
  std::optional<std::int64_t> groups;  ///< its attribute num_groups, where that is an integer
};

struct TfliteOperator {
  std::int32_t code = 0;    ///< the format's number of a built-in operator; 32 (CUSTOM) for others
  std::string custom_name;  ///< of a custom operator
  std::optional<TfliteComposite> composite;  ///< of a STABLEHLO_COMPOSITE
  std::int32_t version = 1;
  std::vector<std::int32_t> inputs;  ///< places in TfliteSubgraph::tensors; −1: not given
  std::vector<std::int32_t> outputs;
  bool approximate_gelu = false;
  bool adj_x = false, adj_y = false;  ///< of BATCH_MATMUL
};

struct TfliteSubgraph {
  std::string name;
  std::vector<TfliteTensor> tensors;
  std::vector<TfliteOperator> operators;
  std::vector<std::int32_t> inputs, outputs;
};

/// Names that a graph's inputs and outputs are called by.
struct TfliteSignature {
  std::string key;
  std::size_t subgraph = 0;
  std::vector<std::pair<std::string, std::int32_t>> inputs, outputs;
};

struct TfliteModel {
  std::string description;
  std::vector<TfliteSubgraph> subgraphs;
  std::vector<TfliteSignature> signatures;
  std::vector<std::string> metadata;  ///< names
  std::shared_ptr<const void> owner;  ///< keeps the constants' bytes alive
};

/// "FULLY_CONNECTED": an operator's name in the format; "operator 999" for numbers it does not
/// have.
[[nodiscard]] std::string tflite_operator_name(std::int32_t code);
/// The same, with the own name of a custom operator and of a composite.
[[nodiscard]] std::string operator_name(const TfliteOperator& op);
/// "float32", "int8", …
[[nodiscard]] std::string_view to_string(tflite::TensorType type);
/// Bits of an element, 0 where it has no fixed size (strings, resources).
[[nodiscard]] int bits_of(tflite::TensorType type);

/// Reads any TFLite file, untrusted. Throws not_found, io, and format with a sentence that names
/// the file and what is wrong in it, and unsupported where weights are sparse or lie in another
/// file. Copies no weights.
[[nodiscard]] TfliteModel read_tflite(const std::filesystem::path& path);
/// The same of bytes that `owner` keeps, at an address aligned to 8; `source` names them in
/// messages.
[[nodiscard]] TfliteModel parse_tflite(std::span<const std::byte> bytes, const std::string& source,
                                       std::shared_ptr<const void> owner);

/// True when the file begins as a TFLite file does.
[[nodiscard]] bool is_tflite(std::span<const std::byte> bytes);

}  // namespace sotto

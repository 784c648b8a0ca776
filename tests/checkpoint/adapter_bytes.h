#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkpoint/checkpoint_bytes.h"

namespace sotto::test {

/// The files of an adapter before they become bytes. Tests change what they want to be other.
struct AdapterParts {
  std::map<std::string, std::string> config;  ///< JSON by key
  SafeTensors tensors;

  [[nodiscard]] std::string config_text() const;
  [[nodiscard]] std::string weights() const { return safetensors(tensors); }
  [[nodiscard]] StoredTensor& tensor(const std::string& name);

  /// Adds a float32 tensor of numbers that are whole eighths from -1 to 1, others for each name.
  void add(const std::string& name, Shape shape);
  /// lora_A and lora_B of a module; the weight's shape is [outputs, inputs] or, with a third
  /// extent, that of a convolution.
  void add_pair(const std::string& module, const Shape& weight, std::int64_t rank);
  /// lora_embedding_A and lora_embedding_B for a table of this shape.
  void add_embedding_pair(const std::string& module, const Shape& table, std::int64_t rank);
};

/// What stands before the names of modules in an adapter's file.
inline const std::string kPeft = "base_model.model.";

/// The q_proj and v_proj of small_model() under transformers' names; those of the decoder's second
/// attention are among them.
[[nodiscard]] std::vector<std::string> small_targets();

/// A LoRA for all of small_targets(): rank 2, alpha 3.
[[nodiscard]] AdapterParts small_adapter();

}  // namespace sotto::test

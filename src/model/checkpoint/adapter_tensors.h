#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/base/tensor.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// A tensor of an adapter under the name that its file has for it.
struct AdapterTensor {
  std::string name;
  TensorView view;
};

/// The two matrices whose product is added to a module's weight; of either, one may be missing.
struct LowRankPair {
  std::optional<AdapterTensor> a, b;
  std::optional<AdapterTensor> bias;  ///< of the second, which is added to the module's own
  bool is_embedding = false;          ///< lora_embedding_A and _B, which lie the other way
};

/// What is in an adapter's file, by modules' names without what PEFT and others put before them.
struct AdapterTensors {
  std::map<std::string, LowRankPair> pairs;
  std::map<std::string, AdapterTensor> others;  ///< whole tensors, "model.decoder.layer_norm.bias"
};

/// Sorts the tensors of an adapter's file by its names. Throws unsupported, naming `source`, for a
/// part of an adapter that is none of the above, and format where a part stands there twice.
[[nodiscard]] AdapterTensors sort_adapter_tensors(const TensorTable& tensors,
                                                  const std::string& source);

}  // namespace sotto

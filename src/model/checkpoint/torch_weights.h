#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/archive/pickle_reader.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// What a file of torch.save says of a model.
struct TorchWeights {
  TensorTable tensors;              ///< under the file's own names
  std::optional<WhisperDims> dims;  ///< where the file has them
};

/// Reads `{"dims": …, "model_state_dict": …}`, the same without dims or with the state dict under
/// another name that trainers use, or a state dict alone. `owner` keeps the bytes alive and goes
/// into every view; `source` names the file in messages. Throws format, mismatch or unsupported.
[[nodiscard]] TorchWeights parse_torch_weights(std::span<const std::byte> bytes,
                                               const std::string& source,
                                               const std::shared_ptr<const void>& owner);

/// True for a pickle that parse_torch_weights() finds a state dict in with a Whisper's first
/// tensor.
[[nodiscard]] bool holds_whisper(const PickleValue& root);

}  // namespace sotto

#pragma once

#include <optional>
#include <string>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// The model that tensors under whatever names are: docs/formats/openai-checkpoint.md, "What
/// trainers save". `dims` are those that the file says, or its config; without any they follow from
/// the shapes. `source` names the file in messages. The result has no paths, and its format is that
/// of the names. Throws as WeightNames, dims_from_shapes(), rename_tensors() and check_tensors().
[[nodiscard]] Checkpoint model_of(const TensorTable& found, const std::optional<WhisperDims>& dims,
                                  const std::string& source);

}  // namespace sotto

#pragma once

#include <string>
#include <vector>

#include "core/base/shape.h"
#include "core/bundle/dims.h"

namespace sotto {

/// One tensor of a Whisper checkpoint: its name in OpenAI's state dict and its shape.
struct WeightSpec {
  std::string name;
  Shape shape;
};

/// Every tensor that a checkpoint of these dims holds, in the order of OpenAI's state dict:
/// 11 + 15 · n_audio_layer + 24 · n_text_layer of them. This is the one place where they are
/// listed.
[[nodiscard]] std::vector<WeightSpec> weight_table(const WhisperDims& dims);

/// Elements of all tensors together.
[[nodiscard]] std::int64_t parameter_count(const WhisperDims& dims);

}  // namespace sotto

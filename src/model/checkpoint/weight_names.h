#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// The name of a tensor without what wrappers put into it: "module." (data parallel), "_orig_mod."
/// (torch.compile), "model." and "base_model." before it, PEFT's "base_layer." within. In Hugging
/// Face's scheme that is the name of a bare WhisperModel: "encoder.layers.0.fc1.weight".
[[nodiscard]] std::string plain_name(std::string_view name);

/// "decoder.blocks.3.cross_attn.key.weight" → "model.decoder.layers.3.encoder_attn.k_proj.weight".
[[nodiscard]] std::string hugging_face_name(std::string_view openai_name);

/// Under which names a table of tensors has a Whisper model: OpenAI's or Hugging Face's, with
/// whatever wrappers put into them.
class WeightNames {
 public:
  /// Throws format, naming `source`, when two names are one without wrappers; unsupported when an
  /// adapter's tensors are there, for the weights without them would be another model's.
  WeightNames(const TensorTable& found, const std::string& source);

  [[nodiscard]] bool is_hugging_face() const { return is_hugging_face_; }

  /// The table's own name of OpenAI's tensor, as far as possible also for one that is not there.
  [[nodiscard]] std::string operator()(std::string_view openai_name) const;

  /// The table's name of the matrix that makes logits, which only Hugging Face's scheme has; empty
  /// when there is none.
  [[nodiscard]] std::string head() const;

 private:
  std::unordered_map<std::string, std::string> names_;  // by plain names
  bool is_hugging_face_ = false;
  std::string prefix_;
};

}  // namespace sotto

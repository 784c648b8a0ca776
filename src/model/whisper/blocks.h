#pragma once

#include <optional>
#include <string>

#include "model/whisper/builders.h"
#include "model/whisper/layer_builder.h"

// What the graphs of the model share: each step of a block with the residual around it, and how a
// decoder over a whole row of tokens begins.

namespace sotto {

/// Attention of `x` over itself; `mask` is added to its scores.
[[nodiscard]] ValueId add_self_attention(LayerBuilder& build, const std::string& block, ValueId x,
                                         std::optional<ValueId> mask);

/// Attention of `x` over the encoder's output.
[[nodiscard]] ValueId add_cross_attention(LayerBuilder& build, const std::string& block, ValueId x,
                                          ValueId encoder_output);

[[nodiscard]] ValueId add_mlp(LayerBuilder& build, const std::string& block, ValueId x);

/// The whole encoder: adds the input mel [1, n_mels, frames] → [1, frames / 2, n_audio_state],
/// named encoder_output. frames 0 means 2 · n_audio_ctx. Throws usage as build_encoder_core() does.
[[nodiscard]] ValueId add_encoder(Graph& graph, const Checkpoint& checkpoint, std::int64_t frames);

/// What the first layer of a decoder reads.
struct DecoderStart {
  ValueId x;               ///< [1, length, n_text_state], positions added
  ValueId encoder_output;  ///< [1, audio length, n_audio_state]
  ValueId mask;            ///< [length, length]: row q lets query q see the keys up to itself
};

/// Adds the inputs token_embeddings, whose length is a variable axis, and encoder_output. Throws
/// usage when a length is out of range.
[[nodiscard]] DecoderStart begin_decoder(LayerBuilder& build, Graph& graph, const WhisperDims& dims,
                                         const DecoderCoreOptions& options);

}  // namespace sotto

#pragma once

#include <cstdint>

#include "core/bundle/graph_table.h"
#include "core/graph/graph.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Encoder of Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", §2.2:
/// mel [1, n_mels, frames] → encoder_output [1, frames / 2, n_audio_state].
/// frames 0 means 2 · n_audio_ctx, 30 s for every published size. Throws usage unless frames is
/// even and from 2 to 2 · n_audio_ctx.
[[nodiscard]] Graph build_encoder_core(const Checkpoint& checkpoint, std::int64_t frames = 0);

struct DecoderCoreOptions {
  std::int64_t length = 0;        ///< tokens, 1 to n_text_ctx; 0 means n_text_ctx
  std::int64_t audio_length = 0;  ///< rows of encoder_output, 1 to n_audio_ctx; 0 means n_audio_ctx
};

/// Decoder without its embedding layer: token_embeddings [1, length, n_text_state] (looked up by
/// the caller) and encoder_output [1, audio_length, n_audio_state] → logits [1, length, n_vocab].
/// Positions are added inside, the causal mask is an additive constant, and the output projection
/// is the token embedding. The length is a variable axis. Throws usage when a length is out of
/// range.
[[nodiscard]] Graph build_decoder_core(const Checkpoint& checkpoint,
                                       const DecoderCoreOptions& options = {});

}  // namespace sotto

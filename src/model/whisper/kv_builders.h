#pragma once

#include "model/whisper/builders.h"

// Whisper in graphs for an accelerator that keeps nothing from run to run: the host holds the keys
// and values and updates them in place, and only what is new leaves the device. L is n_text_layer,
// H n_text_head, W the width of a head, D n_text_state, C n_text_ctx, A the rows of audio, V
// n_vocab.

namespace sotto {

/// The encoder with what every layer of the decoder makes of its output: mel [1, n_mels, frames] →
/// cross_keys [L, H, W, A], already transposed for the product with queries, and cross_values
/// [L, H, A, W]. Throws what build_encoder_core() throws.
[[nodiscard]] Graph build_crosskv_encoder(const Checkpoint& checkpoint, std::int64_t frames = 0);

struct KvDecoderOptions {
  std::int64_t tokens = 1;        ///< T, fed at once: 1 to n_text_ctx
  std::int64_t audio_length = 0;  ///< A; 0 means n_audio_ctx
};

/// The decoder over T new tokens. Inputs: token_embedding [1, T, D] and position_embedding
/// [1, T, D], looked up by the host; self_keys and self_values [L, 1, C, D], the rows of earlier
/// tokens in any order; self_mask [1, 1, T, C + T], added to the scores of each new token over the
/// C cached rows and then the T new ones (0 where it may look, kMaskedScore where not); cross_keys
/// and cross_values as above. Outputs: logits [1, 1, V] after the last token, new_keys and
/// new_values [L, 1, T, D], the rows that the host puts into its cache. Fewer tokens are fed as the
/// last of the T, the others masked. Throws usage when an option is out of range.
[[nodiscard]] Graph build_kv_decoder(const Checkpoint& checkpoint,
                                     const KvDecoderOptions& options = {});

}  // namespace sotto

#pragma once

#include "model/whisper/builders.h"

// The decoder in three graphs, for a back end that keeps state: what depends on the audio alone is
// computed once, what depends on earlier tokens is kept, and logits are computed only where they
// are wanted. Together they compute what build_decoder_core() does.

namespace sotto {

/// Keys and values of every layer's attention over the audio. Inputs: encoder_output
/// [1, audio_length, n_audio_state], window int32 [1], the place that this window has from now on,
/// then for each layer the caches blocks.<layer>.cross_attn.keys and .values [1 window,
/// audio_length, n_text_state], which may have more windows (op::KeepRows) → two zeros a layer:
/// what is computed is in the caches. audio_length 0 means n_audio_ctx. Throws usage when it is out
/// of range.
[[nodiscard]] Graph build_cross_projection(const Checkpoint& checkpoint,
                                           std::int64_t audio_length = 0);

/// All layers over new rows (op::CachedAttention says what rows and slots are). Inputs: embedded
/// [1, length, n_text_state] (token and position added up), slots int32 [length, n_text_ctx],
/// windows int32 [length] (op::WindowAttention), then the caches of the cross projection under
/// their names, then for each layer the caches blocks.<layer>.attn.key_cache and .value_cache [1
/// slot, n_text_ctx, n_text_state], which may have more slots → the rows after the last layer [1,
/// length, n_text_state]. The length is a variable axis. Throws usage when a length is out of
/// range.
[[nodiscard]] Graph build_stateful_decoder(const Checkpoint& checkpoint,
                                           const DecoderCoreOptions& options = {});

/// From rows to logits: hidden [1, length, n_text_state] → [1, length, n_vocab]. The length, 1 to
/// n_text_ctx and 0 for that, is a variable axis.
[[nodiscard]] Graph build_decoder_head(const Checkpoint& checkpoint, std::int64_t length = 0);

}  // namespace sotto

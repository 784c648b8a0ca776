#pragma once

#include <span>

#include "core/bundle/alignment_heads.h"
#include "model/whisper/builders.h"

namespace sotto {

/// The decoder as far as the attention that times words needs it: token_embeddings
/// [1, length, n_text_state] and encoder_output [1, audio_length, n_audio_state] → for each of
/// `layers` (ascending, at least one) its cross-attention's scores before the softmax, an output
/// alignment_output(layer) [1, n_text_head, length, audio_length]. Nothing behind the last of them
/// is in the graph. The length is a variable axis. Throws usage when a length is out of range or
/// the decoder has no such layers.
[[nodiscard]] Graph build_alignment_decoder(const Checkpoint& checkpoint,
                                            std::span<const std::int64_t> layers,
                                            const DecoderCoreOptions& options = {});

}  // namespace sotto

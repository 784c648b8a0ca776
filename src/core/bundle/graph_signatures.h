#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/bundle/dims.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/manifest.h"
#include "core/graph/signature.h"

namespace sotto {

/// What goes into a model's graph and comes out of it, in its order. L is n_text_layer, H
/// n_text_head, W the width of a head, D n_text_state, C n_text_ctx, A n_audio_ctx, V n_vocab, T
/// `tokens`.
///
/// encoder: mel [1, n_mels, 2·A] → encoder_output [1, A, D]. decoder: token_embeddings [1, n, D]
/// and encoder_output → logits [1, n, V] for n up to C. alignment: the same → scores.<layer> [1, H,
/// n, A] for each of `layers`. crosskv: mel → cross_keys [L, H, W, A], cross_values [L, H, A, W].
/// step and prefill: token_embedding [1, T, D], position_embedding [1, T, D], self_keys and
/// self_values [L, 1, C, D], self_mask [1, 1, T, C + T], cross_keys, cross_values → logits [1, 1,
/// V], new_keys and new_values [L, 1, T, D].
///
/// The length n is a variable axis, also of files with fixed shapes: what is behind a token changes
/// nothing before it, so a shorter row may be padded.
[[nodiscard]] Signature signature_of(GraphKind kind, const WhisperDims& dims, std::int64_t tokens,
                                     std::span<const std::int64_t> layers = {});

/// Throws mismatch, naming `place`, unless both have the same ports: names, shapes, types.
void check_signature(const Signature& expected, const Signature& found, const std::string& place);

/// The layers whose scores an alignment graph with this signature gives, ascending.
[[nodiscard]] std::vector<std::int64_t> layers_in(const Signature& signature,
                                                  const WhisperDims& dims);

/// The signature of a file of a model of these dims: signature_of() that, for what the record of it
/// says of layers and tokens. Throws mismatch, naming `source` (the manifest) and the file, when
/// the record has other ports.
[[nodiscard]] Signature signature_of_file(GraphKind kind, const WhisperDims& dims,
                                          const FileRecord& record, const std::string& source);

}  // namespace sotto

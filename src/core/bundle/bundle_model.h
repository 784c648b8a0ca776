#pragma once

#include <optional>

#include "core/bundle/alignment_heads.h"
#include "core/bundle/bundle.h"
#include "core/bundle/dims.h"
#include "core/bundle/vocabulary_file.h"
#include "core/bundle/vocabulary_layout.h"

namespace sotto {

/// What a bundle's manifest says of its model, checked.
struct BundleModel {
  WhisperDims dims;  ///< where the encoder's window was cut, n_audio_ctx is what is left of it
  std::optional<VocabularyLayout> layout;  ///< nullopt where no model of these dims is known
  AlignmentHeads alignment_heads;          ///< empty where none are named
};

/// Throws mismatch, naming the manifest, for dims that no Whisper has, for a window that does not
/// fit them, for embeddings in the folder that are of another size, and for heads that the decoder
/// has not.
[[nodiscard]] BundleModel model_of(const Bundle& bundle);

/// The words that the bundle carries. Throws what read_rank_file() throws, and mismatch where they
/// and the special tokens are not as many as the model has.
[[nodiscard]] RankFile vocabulary_of(const Bundle& bundle, const BundleModel& model);

}  // namespace sotto

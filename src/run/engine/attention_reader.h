#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/alignment_heads.h"
#include "run/backends/backend.h"
#include "run/decoding/decoder_session.h"
#include "run/engine/model_sources.h"
#include "run/engine/token_embedding.h"

namespace sotto {

/// The scores that chosen heads give to the places of the audio, by a decoder of its own beside the
/// one that gives logits.
class AttentionReader {
 public:
  /// Loads that decoder on a back end: the graph of the heads' layers where it runs graphs, else a
  /// file. `heads` are complete_alignment_heads()'; `embedding` must outlive the reader. Throws
  /// unavailable where a file is wanted and a bundle has none, mismatch where it does not give the
  /// layers of the heads, and what Backend::load() throws.
  [[nodiscard]] static std::unique_ptr<AttentionReader> load(const ModelSources& sources,
                                                             const Backend& backend,
                                                             const TokenEmbedding& embedding,
                                                             AlignmentHeads heads);

  /// `decoder` has an output alignment_output(layer) for each layer of the heads. Throws mismatch
  /// when it has not, or is no such decoder.
  AttentionReader(std::unique_ptr<Executable> decoder, const TokenEmbedding& embedding,
                  AlignmentHeads heads);

  [[nodiscard]] const AlignmentHeads& heads() const { return heads_; }

  /// The heads' scores in their order, for a row of `tokens` (1 to the decoder's context) over
  /// `encoder_output`; valid until the next call. Throws usage for a row that is too long.
  [[nodiscard]] AttentionScores scores(std::span<const TokenId> tokens,
                                       const Tensor& encoder_output);

 private:
  void resize(std::int64_t length);

  std::unique_ptr<Executable> decoder_;
  const TokenEmbedding& embedding_;
  AlignmentHeads heads_;
  std::vector<std::size_t> outputs_;  ///< of each head, the output that has its layer
  std::int64_t context_ = 0, layer_heads_ = 0, places_ = 0;
  Tensor embeddings_;
  std::vector<Tensor> layers_;  ///< of each output, [1, heads, length, places]
  std::vector<float> scores_;
};

}  // namespace sotto

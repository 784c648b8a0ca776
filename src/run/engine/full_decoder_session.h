#pragma once

#include <vector>

#include "run/backends/backend.h"
#include "run/engine/token_embedding.h"
#include "run/engine/unchecked_session.h"

namespace sotto {

/// A session over a full decoder (build_decoder_core: token_embeddings [1, length, width],
/// encoder_output → logits [1, length, n_vocab]) without a cache: every call runs each row's whole
/// sequence again. What the constructor gets must outlive the session.
class FullDecoderSession : public UncheckedSession {
 public:
  /// `decoder` has the signature of one.
  FullDecoderSession(Executable& decoder, const TokenEmbedding& embedding,
                     const Tensor& encoder_output);

  [[nodiscard]] std::int64_t context() const override { return context_; }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::span<const std::size_t> sources) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;

 private:
  /// Runs a row and appends the logits after its tokens at `positions`.
  void run(const std::vector<TokenId>& row, std::span<const std::size_t> positions);

  Executable& decoder_;
  const TokenEmbedding& embedding_;
  const Tensor& encoder_output_;
  std::int64_t context_ = 0;
  std::vector<std::vector<TokenId>> rows_;
  std::vector<float> logits_;
};

}  // namespace sotto

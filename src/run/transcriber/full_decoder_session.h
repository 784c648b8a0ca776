#pragma once

#include <vector>

#include "run/backends/backend.h"
#include "run/decoding/decoder_session.h"
#include "run/transcriber/token_embedding.h"

namespace sotto {

/// DecoderSession over a full decoder (build_decoder_core: token_embeddings [1, length, width],
/// encoder_output → logits [1, length, n_vocab]) without a cache: every call runs the whole
/// sequence again. The executable, the embedding and the encoder's output must outlive the session.
class FullDecoderSession : public DecoderSession {
 public:
  /// Throws mismatch when the executable's signature is not a full decoder's, or its ports do not
  /// fit the embedding or `encoder_output`.
  FullDecoderSession(Executable& decoder, const TokenEmbedding& embedding,
                     const Tensor& encoder_output);

  [[nodiscard]] std::int64_t context() const override { return context_; }
  std::span<const float> prefill(std::span<const TokenId> tokens) override;
  std::span<const float> step(TokenId token) override;

 private:
  std::span<const float> run();

  Executable& decoder_;
  const TokenEmbedding& embedding_;
  const Tensor& encoder_output_;
  std::int64_t context_ = 0;
  std::vector<TokenId> tokens_;
  Tensor logits_;
};

}  // namespace sotto

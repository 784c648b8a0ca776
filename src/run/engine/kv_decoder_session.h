#pragma once

#include <memory>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/engine/attention_reader.h"
#include "run/engine/encoded_window.h"
#include "run/engine/kv_decoder.h"
#include "run/engine/token_embedding.h"

namespace sotto {

/// DecoderSession over the step and prefill graphs: every row has a cache of its own. A decoder
/// serves one session at a time, which holds to the contract (CheckedSession). What the constructor
/// gets must outlive the session.
class KvDecoderSession : public DecoderSession {
 public:
  /// Without an attention reader, attention_scores() throws unavailable.
  KvDecoderSession(KvDecoder& decoder, const TokenEmbedding& embedding, EncodedWindow& window,
                   AttentionReader* attention = nullptr);
  ~KvDecoderSession() override { drop_rows(0); }

  using DecoderSession::prefill;
  [[nodiscard]] std::int64_t context() const override { return decoder_.dims().n_text_ctx; }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::span<const std::size_t> sources) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;
  AttentionScores attention_scores(std::span<const TokenId> tokens) override;

 private:
  using CachePointer = std::unique_ptr<KvCache>;

  /// Gives the caches of the rows from `first` on back.
  void drop_rows(std::size_t first);
  std::span<const float> feed(std::span<const TokenId> tokens, KvCache& cache);

  KvDecoder& decoder_;
  const TokenEmbedding& embedding_;
  const EncodedWindow& window_;
  AttentionReader* attention_;
  std::vector<CachePointer> rows_;
  std::vector<float> embedded_, logits_;
};

}  // namespace sotto

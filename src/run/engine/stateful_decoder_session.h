#pragma once

#include <cstdint>
#include <vector>

#include "run/decoding/decoder_session.h"
#include "run/engine/attention_reader.h"
#include "run/engine/stateful_decoder.h"
#include "run/engine/token_embedding.h"

namespace sotto {

/// DecoderSession over a decoder with a cache: every call computes the new tokens alone. Reordering
/// rows moves no cache, only the tables that say where each row's tokens lie in it. A decoder
/// serves one session at a time, which holds to the contract (CheckedSession). What the constructor
/// gets must outlive the session.
class StatefulDecoderSession : public DecoderSession {
 public:
  /// Computes keys and values of the window. Without an attention reader, attention_scores() throws
  /// unavailable.
  StatefulDecoderSession(StatefulDecoder& decoder, const TokenEmbedding& embedding,
                         const Tensor& encoder_output, AttentionReader* attention = nullptr);

  using DecoderSession::prefill;
  [[nodiscard]] std::int64_t context() const override { return decoder_.dims().n_text_ctx; }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::span<const std::size_t> sources) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;
  AttentionScores attention_scores(std::span<const TokenId> tokens) override;

 private:
  /// In which slot of the cache each token of a row lies.
  using SlotTable = std::vector<std::int32_t>;

  void write_slots(std::size_t row, const SlotTable& table);
  void embed(std::span<const TokenId> tokens, std::int64_t first, std::int64_t step);
  void run_layers();
  std::span<const float> project(const Tensor& hidden);

  StatefulDecoder& decoder_;
  const TokenEmbedding& embedding_;
  const Tensor& encoder_output_;
  AttentionReader* attention_;
  std::vector<SlotTable> rows_;
  Tensor embedded_, slots_, hidden_, wanted_, logits_;  ///< of the last call
};

}  // namespace sotto

#pragma once

#include <cstdint>
#include <vector>

#include "run/engine/stateful_decoder.h"
#include "run/engine/token_embedding.h"
#include "run/engine/unchecked_session.h"

namespace sotto {

/// A session over a decoder with a cache: every call computes the new tokens alone. Reordering
/// rows moves no cache, only the tables that say where each row's tokens lie in it. A decoder
/// serves one session at a time. What the constructor
/// gets must outlive the session.
class StatefulDecoderSession : public UncheckedSession {
 public:
  /// Computes keys and values of the window.
  StatefulDecoderSession(StatefulDecoder& decoder, const TokenEmbedding& embedding,
                         const Tensor& encoder_output);

  [[nodiscard]] std::int64_t context() const override { return decoder_.dims().n_text_ctx; }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override;
  void reorder(std::span<const std::size_t> sources) override;
  std::span<const float> step(std::span<const TokenId> tokens) override;

 private:
  /// In which slot of the cache each token of a row lies.
  using SlotTable = std::vector<std::int32_t>;

  void write_slots(std::size_t row, const SlotTable& table);
  void embed(std::span<const TokenId> tokens, std::int64_t first, std::int64_t step);
  void run_layers();
  std::span<const float> project(const Tensor& hidden);

  StatefulDecoder& decoder_;
  const TokenEmbedding& embedding_;
  std::vector<SlotTable> rows_;
  Tensor embedded_, slots_, hidden_, wanted_, logits_;  ///< of the last call
};

}  // namespace sotto

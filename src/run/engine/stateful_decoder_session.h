#pragma once

#include "run/engine/stateful_batch.h"
#include "run/engine/unchecked_session.h"

namespace sotto {

/// A session over a decoder with a cache: a batch of one window. A decoder serves one session at a
/// time. What the constructor gets must outlive the session.
class StatefulDecoderSession : public UncheckedSession {
 public:
  /// Computes keys and values of the window.
  StatefulDecoderSession(StatefulDecoder& decoder, const TokenEmbedding& embedding,
                         const Tensor& encoder_output)
      : batch_(decoder, embedding, 1) {
    batch_.keep(0, encoder_output);
  }

  [[nodiscard]] std::int64_t context() const override { return batch_.context(); }
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    return batch_.prefill(0, tokens, positions);
  }
  void reorder(std::span<const std::size_t> sources) override { batch_.reorder(0, sources); }
  std::span<const float> step(std::span<const TokenId> tokens) override {
    return batch_.step(tokens);
  }

 private:
  StatefulBatch batch_;
};

}  // namespace sotto

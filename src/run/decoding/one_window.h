#pragma once

#include "run/decoding/batch_session.h"

namespace sotto {

/// A session over one window as a batch of one place, so that one loop decodes one window or many.
class OneWindow : public BatchSession {
 public:
  /// `session` must outlive it.
  explicit OneWindow(DecoderSession& session) : session_(session) {}

  [[nodiscard]] std::int64_t context() const override { return session_.context(); }
  std::span<const float> prefill(std::size_t /*place*/, std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    return session_.prefill(tokens, positions);
  }
  void reorder(std::size_t /*place*/, std::span<const std::size_t> sources) override {
    session_.reorder(sources);
  }
  /// Whoever drops the only window's rows feeds none before the next prefill, which forgets them.
  void drop(std::size_t /*place*/) override {}
  std::span<const float> step(std::span<const TokenId> tokens) override {
    return session_.step(tokens);
  }
  AttentionScores attention_scores(std::size_t /*place*/,
                                   std::span<const TokenId> tokens) override {
    return session_.attention_scores(tokens);
  }

 private:
  DecoderSession& session_;
};

}  // namespace sotto

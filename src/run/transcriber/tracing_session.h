#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto {

/// Passes everything on to another session and keeps the logits of the first `steps` answers.
/// Session and vector must outlive it.
class TracingSession : public DecoderSession {
 public:
  TracingSession(DecoderSession& session, std::size_t steps, std::vector<float>& logits)
      : session_(session), steps_left_(steps), logits_(logits) {}

  [[nodiscard]] std::int64_t context() const override { return session_.context(); }

  using DecoderSession::prefill;
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    const auto answered = session_.prefill(tokens, positions);
    (void)keep(answered.last(answered.size() / positions.size()));
    return answered;
  }
  void reorder(std::span<const std::size_t> sources) override { session_.reorder(sources); }
  std::span<const float> step(std::span<const TokenId> tokens) override {
    return keep(session_.step(tokens));
  }
  AttentionScores attention_scores(std::span<const TokenId> tokens) override {
    return session_.attention_scores(tokens);
  }

 private:
  std::span<const float> keep(std::span<const float> logits) {
    if (steps_left_ > 0) {
      logits_.insert(logits_.end(), logits.begin(), logits.end());
      --steps_left_;
    }
    return logits;
  }

  DecoderSession& session_;
  std::size_t steps_left_;
  std::vector<float>& logits_;
};

}  // namespace sotto

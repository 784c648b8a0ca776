#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "run/decoding/decoder_session.h"

namespace sotto::test {

/// A decoder whose answer to a sequence of tokens is written by the test, and which remembers what
/// it was asked.
class ScriptedSession : public DecoderSession {
 public:
  using Answer = std::function<std::vector<float>(const std::vector<TokenId>& tokens)>;
  ScriptedSession(std::int64_t context, Answer answer)
      : context_(context), answer_(std::move(answer)) {}

  [[nodiscard]] std::int64_t context() const override { return context_; }

  std::span<const float> prefill(std::span<const TokenId> tokens) override {
    tokens_.assign(tokens.begin(), tokens.end());
    prefills.push_back(tokens_);
    return answer();
  }

  std::span<const float> step(TokenId token) override {
    tokens_.push_back(token);
    ++steps;
    return answer();
  }

  std::vector<std::vector<TokenId>> prefills;
  int steps = 0;

 private:
  std::span<const float> answer() {
    logits_ = answer_(tokens_);
    return logits_;
  }

  std::int64_t context_;
  Answer answer_;
  std::vector<TokenId> tokens_;
  std::vector<float> logits_;
};

}  // namespace sotto::test

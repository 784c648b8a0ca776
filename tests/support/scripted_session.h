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

  using DecoderSession::prefill;
  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    rows_.assign(1, {tokens.begin(), tokens.end()});
    prefills.push_back(rows_.front());
    logits_.clear();
    for (const std::size_t position : positions) {
      const auto end = tokens.begin() + static_cast<std::ptrdiff_t>(position) + 1;
      append({tokens.begin(), end});
    }
    return logits_;
  }

  void reorder(std::span<const std::size_t> sources) override {
    std::vector<std::vector<TokenId>> rows;
    for (const std::size_t source : sources) rows.push_back(rows_.at(source));
    rows_ = std::move(rows);
  }

  std::span<const float> step(std::span<const TokenId> tokens) override {
    ++steps;
    logits_.clear();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      rows_.at(i).push_back(tokens[i]);
      append(rows_[i]);
    }
    return logits_;
  }

  AttentionScores attention_scores(std::span<const TokenId> /*tokens*/) override {
    fail(ErrorKind::unavailable, "a scripted session has no attention");
  }

  std::vector<std::vector<TokenId>> prefills;
  int steps = 0;

 private:
  void append(const std::vector<TokenId>& row) {
    const std::vector<float> logits = answer_(row);
    logits_.insert(logits_.end(), logits.begin(), logits.end());
  }

  std::int64_t context_;
  Answer answer_;
  std::vector<std::vector<TokenId>> rows_;
  std::vector<float> logits_;
};

}  // namespace sotto::test

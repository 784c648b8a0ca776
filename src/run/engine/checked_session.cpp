#include "run/engine/checked_session.h"

#include <utility>

#include "core/base/error.h"
#include "run/engine/session_checks.h"

namespace sotto {

CheckedSession::CheckedSession(std::unique_ptr<UncheckedSession> session, std::int64_t n_vocab,
                               SessionCount count, const EncodedWindow& window,
                               AttentionReader* attention)
    : session_(std::move(session)),
      n_vocab_(n_vocab),
      count_(std::move(count)),
      number_(*count_),
      window_(window),
      window_number_(window.number),
      attention_(attention) {}

void CheckedSession::check_alive() const {
  if (number_ != *count_) {
    fail(ErrorKind::internal, "this session was ended by another one of the same model");
  }
  if (window_number_ != window_.number) {
    fail(ErrorKind::internal, "this session was ended: other audio was encoded into its window");
  }
}

std::span<const float> CheckedSession::prefill(std::span<const TokenId> tokens,
                                               std::span<const std::size_t> positions) {
  check_alive();
  check_prefill({tokens, positions}, context(), n_vocab_);
  rows_ = 0;
  const auto logits = session_->prefill(tokens, positions);
  rows_ = 1;
  length_ = tokens.size();
  return logits;
}

void CheckedSession::reorder(std::span<const std::size_t> sources) {
  check_alive();
  check_sources(sources, rows_);
  session_->reorder(sources);
  rows_ = sources.size();
}

std::span<const float> CheckedSession::step(std::span<const TokenId> tokens) {
  check_alive();
  if (tokens.size() != rows_ || rows_ == 0) {
    fail(ErrorKind::internal, "a step of ", tokens.size(), " tokens for ", rows_, " rows");
  }
  check_room(length_ + 1, context());
  check_tokens(tokens, n_vocab_);
  const std::size_t rows = std::exchange(rows_, 0);
  const auto logits = session_->step(tokens);
  rows_ = rows;
  ++length_;
  return logits;
}

AttentionScores CheckedSession::attention_scores(std::span<const TokenId> tokens) {
  check_alive();
  if (tokens.empty()) fail(ErrorKind::internal, "attention of no tokens");
  check_room(tokens.size(), context());
  check_tokens(tokens, n_vocab_);
  rows_ = 0;
  if (attention_ == nullptr) {
    fail(ErrorKind::unavailable, "nothing was loaded that gives this decoder's attention scores");
  }
  return attention_->scores(tokens, window_.encoder_output);
}

}  // namespace sotto

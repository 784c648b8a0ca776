#include "run/engine/checked_session.h"

#include <utility>

#include "core/base/error.h"

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

void CheckedSession::check_room(std::size_t length) const {
  if (length <= static_cast<std::size_t>(context())) return;
  fail(ErrorKind::usage, "a sequence of ", length, " tokens does not fit the decoder's context of ",
       context());
}

void CheckedSession::check_tokens(std::span<const TokenId> tokens) const {
  for (const TokenId token : tokens) {
    if (token >= 0 && token < n_vocab_) continue;
    fail(ErrorKind::usage, "expected tokens from 0 to ", n_vocab_ - 1, ", found ", token);
  }
}

void CheckedSession::check_positions(std::span<const std::size_t> positions, std::size_t count) {
  std::size_t before = 0;
  for (const std::size_t position : positions) {
    if (position >= count) {
      fail(ErrorKind::internal, "logits after token ", position, " of ", count);
    }
    if (position < before) {
      fail(ErrorKind::internal, "logits after token ", position, " behind those after ", before);
    }
    before = position;
  }
}

std::span<const float> CheckedSession::prefill(std::span<const TokenId> tokens,
                                               std::span<const std::size_t> positions) {
  check_alive();
  if (tokens.empty()) fail(ErrorKind::internal, "prefill of no tokens");
  check_room(tokens.size());
  check_tokens(tokens);
  check_positions(positions, tokens.size());
  rows_ = 0;
  const auto logits = session_->prefill(tokens, positions);
  rows_ = 1;
  length_ = tokens.size();
  return logits;
}

void CheckedSession::reorder(std::span<const std::size_t> sources) {
  check_alive();
  if (sources.empty()) fail(ErrorKind::internal, "no row was to be kept");
  for (const std::size_t source : sources) {
    if (source < rows_) continue;
    fail(ErrorKind::internal, "row ", source, " of ", rows_, " was to be kept");
  }
  session_->reorder(sources);
  rows_ = sources.size();
}

std::span<const float> CheckedSession::step(std::span<const TokenId> tokens) {
  check_alive();
  if (tokens.size() != rows_ || rows_ == 0) {
    fail(ErrorKind::internal, "a step of ", tokens.size(), " tokens for ", rows_, " rows");
  }
  check_room(length_ + 1);
  check_tokens(tokens);
  const std::size_t rows = std::exchange(rows_, 0);
  const auto logits = session_->step(tokens);
  rows_ = rows;
  ++length_;
  return logits;
}

AttentionScores CheckedSession::attention_scores(std::span<const TokenId> tokens) {
  check_alive();
  if (tokens.empty()) fail(ErrorKind::internal, "attention of no tokens");
  check_room(tokens.size());
  check_tokens(tokens);
  rows_ = 0;
  if (attention_ == nullptr) {
    fail(ErrorKind::unavailable, "nothing was loaded that gives this decoder's attention scores");
  }
  return attention_->scores(tokens, window_.encoder_output);
}

}  // namespace sotto

#include "run/engine/checked_batch.h"

#include <utility>

#include "core/base/error.h"
#include "run/engine/session_checks.h"

namespace sotto {

CheckedBatch::CheckedBatch(std::unique_ptr<StatefulBatch> batch, std::int64_t n_vocab,
                           SessionCount count, AttentionReader* attention)
    : batch_(std::move(batch)),
      n_vocab_(n_vocab),
      count_(std::move(count)),
      number_(*count_),
      attention_(attention),
      places_(batch_->places()),
      windows_(attention == nullptr ? 1 : places_.size()) {}

void CheckedBatch::check_alive() const {
  if (number_ == *count_) return;
  fail(ErrorKind::internal, "this batch was ended by another session of the same model");
}

CheckedBatch::Place& CheckedBatch::place_of(std::size_t place) {
  check_alive();
  if (place < places_.size()) return places_[place];
  fail(ErrorKind::internal, "place ", place, " of a batch of ", places_.size());
}

CheckedBatch::Place& CheckedBatch::heard_place(std::size_t place) {
  Place& heard = place_of(place);
  if (heard.has_window) return heard;
  fail(ErrorKind::internal, "place ", place, " has no window");
}

EncodedWindow& CheckedBatch::window(std::size_t place) {
  static_cast<void>(place_of(place));
  return windows_[windows_.size() == 1 ? 0 : place];
}

void CheckedBatch::keep(std::size_t place) {
  place_of(place) = {};
  batch_->keep(place, window(place).encoder_output);
  places_[place].has_window = true;
}

std::span<const float> CheckedBatch::prefill(std::size_t place, std::span<const TokenId> tokens,
                                             std::span<const std::size_t> positions) {
  Place& heard = heard_place(place);
  check_prefill({tokens, positions}, context(), n_vocab_);
  drop(place);
  const auto logits = batch_->prefill(place, tokens, positions);
  heard.rows = 1;
  heard.length = tokens.size();
  return logits;
}

void CheckedBatch::reorder(std::size_t place, std::span<const std::size_t> sources) {
  Place& heard = heard_place(place);
  check_sources(sources, heard.rows);
  batch_->reorder(place, sources);
  heard.rows = sources.size();
}

void CheckedBatch::drop(std::size_t place) {
  Place& dropped = place_of(place);
  batch_->drop(place);
  dropped.rows = dropped.length = 0;
}

std::span<const float> CheckedBatch::step(std::span<const TokenId> tokens) {
  check_alive();
  std::size_t rows = 0;
  for (const Place& place : places_) rows += place.rows;
  if (tokens.size() != rows || rows == 0) {
    fail(ErrorKind::internal, "a step of ", tokens.size(), " tokens for ", rows, " rows");
  }
  for (const Place& place : places_) {
    if (place.rows > 0) check_room(place.length + 1, context());
  }
  check_tokens(tokens, n_vocab_);
  const auto logits = batch_->step(tokens);
  for (Place& place : places_) {
    if (place.rows > 0) ++place.length;
  }
  return logits;
}

AttentionScores CheckedBatch::attention_scores(std::size_t place, std::span<const TokenId> tokens) {
  static_cast<void>(heard_place(place));
  if (tokens.empty()) fail(ErrorKind::internal, "attention of no tokens");
  check_room(tokens.size(), context());
  check_tokens(tokens, n_vocab_);
  drop(place);
  if (attention_ == nullptr) {
    fail(ErrorKind::unavailable, "nothing was loaded that gives this decoder's attention scores");
  }
  return attention_->scores(tokens, window(place).encoder_output);
}

}  // namespace sotto

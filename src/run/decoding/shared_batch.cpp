#include "run/decoding/shared_batch.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"

namespace sotto {

std::optional<std::size_t> SharedBatch::take_free(BatchShare& owner) {
  const auto free = std::find_if(places_.begin(), places_.end(),
                                 [](const Place& place) { return place.owner == nullptr; });
  if (free == places_.end()) return std::nullopt;
  free->owner = &owner;
  ++owner.count_;
  return static_cast<std::size_t>(free - places_.begin());
}

void SharedBatch::release(std::size_t place) {
  const bool has_leftovers = places_[place].has_leftovers || places_[place].rows > 0;
  places_[place] = {nullptr, false, has_leftovers, 0};
  freed_.notify_all();
  stepped_.notify_all();
}

bool SharedBatch::all_ask() const {
  return std::all_of(places_.begin(), places_.end(),
                     [](const Place& place) { return !place.is_under_way || place.owner->asked_; });
}

void SharedBatch::step() {
  std::exception_ptr failure;
  try {
    feed();
  } catch (...) {
    failure = std::current_exception();
  }
  for (const Place& place : places_) {
    if (!place.is_under_way) continue;
    place.owner->failure_ = failure;
    place.owner->asked_.reset();
  }
  stepped_.notify_all();
}

void SharedBatch::feed() {
  drop_leftovers();
  tokens_.clear();
  for (const Place& place : places_) {
    if (place.rows == 0) continue;
    std::span<const TokenId>& asked = *place.owner->asked_;
    tokens_.insert(tokens_.end(), asked.begin(),
                   asked.begin() + static_cast<std::ptrdiff_t>(place.rows));
    asked = asked.subspan(place.rows);
  }
  std::span<const float> logits = session_.step(tokens_);
  const std::size_t n_vocab = logits.size() / tokens_.size();
  for (const Place& place : places_) {
    const auto own = logits.first(place.rows * n_vocab);
    logits = logits.subspan(own.size());
    if (place.rows > 0) {
      place.owner->answer_.insert(place.owner->answer_.end(), own.begin(), own.end());
    }
  }
}

void SharedBatch::drop_leftovers() {
  for (std::size_t place = 0; place < places_.size(); ++place) {
    if (!places_[place].has_leftovers) continue;
    session_.drop(place);
    places_[place].has_leftovers = false;
  }
}

BatchShare::BatchShare(SharedBatch& batch) : batch_(batch) {
  std::unique_lock lock(batch_.mutex_);
  const std::uint64_t ticket = batch_.came_++;
  batch_.freed_.wait(lock, [&] {
    if (ticket == batch_.admitted_) spare_ = batch_.take_free(*this);
    return spare_.has_value();
  });
  ++batch_.admitted_;
  batch_.freed_.notify_all();
}

BatchShare::~BatchShare() {
  const std::lock_guard lock(batch_.mutex_);
  for (std::size_t place = 0; place < batch_.places_.size(); ++place) {
    if (batch_.places_[place].owner == this) batch_.release(place);
  }
}

std::optional<std::size_t> BatchShare::take() {
  if (spare_) return std::exchange(spare_, std::nullopt);
  const std::lock_guard lock(batch_.mutex_);
  return batch_.take_free(*this);
}

void BatchShare::give_back(std::size_t place) {
  const std::lock_guard lock(batch_.mutex_);
  static_cast<void>(own_place(place));
  if (count_ == 1) {
    spare_ = place;
    return;
  }
  --count_;
  batch_.release(place);
}

void BatchShare::encode(std::size_t place, const std::function<void()>& encode) {
  const std::lock_guard lock(batch_.mutex_);
  batch_.drop_leftovers();
  SharedBatch::Place& own = own_place(place);
  own.is_under_way = true;
  own.rows = 0;
  encode();
}

std::span<const float> BatchShare::prefill(std::size_t place, std::span<const TokenId> tokens,
                                           std::span<const std::size_t> positions) {
  const std::lock_guard lock(batch_.mutex_);
  own_place(place).is_under_way = true;
  const auto logits = batch_.session_.prefill(place, tokens, positions);
  answer_.assign(logits.begin(), logits.end());
  batch_.places_[place].rows = 1;
  return answer_;
}

void BatchShare::reorder(std::size_t place, std::span<const std::size_t> sources) {
  const std::lock_guard lock(batch_.mutex_);
  SharedBatch::Place& own = own_place(place);
  batch_.session_.reorder(place, sources);
  own.rows = sources.size();
}

void BatchShare::drop(std::size_t place) {
  const std::lock_guard lock(batch_.mutex_);
  SharedBatch::Place& own = own_place(place);
  batch_.session_.drop(place);
  own.rows = 0;
  own.is_under_way = false;
  batch_.stepped_.notify_all();
}

std::span<const float> BatchShare::step(std::span<const TokenId> tokens) {
  std::unique_lock lock(batch_.mutex_);
  if (tokens.size() != rows() || tokens.empty()) {
    fail(ErrorKind::internal, "a step of ", tokens.size(), " tokens for ", rows(), " rows");
  }
  answer_.clear();
  asked_ = tokens;
  while (asked_) {
    if (batch_.all_ask()) {
      batch_.step();
    } else {
      batch_.stepped_.wait(lock);
    }
  }
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  return answer_;
}

AttentionScores BatchShare::attention_scores(std::size_t place, std::span<const TokenId> tokens) {
  const std::lock_guard lock(batch_.mutex_);
  SharedBatch::Place& own = own_place(place);
  AttentionScores scores = batch_.session_.attention_scores(place, tokens);
  own.rows = 0;
  answer_.assign(scores.values.begin(), scores.values.end());
  scores.values = answer_;
  return scores;
}

SharedBatch::Place& BatchShare::own_place(std::size_t place) {
  if (place < batch_.places_.size() && batch_.places_[place].owner == this) {
    return batch_.places_[place];
  }
  fail(ErrorKind::internal, "place ", place, " belongs to another recording, or to none");
}

std::size_t BatchShare::rows() const {
  std::size_t rows = 0;
  for (const SharedBatch::Place& place : batch_.places_) {
    if (place.owner == this) rows += place.rows;
  }
  return rows;
}

}  // namespace sotto

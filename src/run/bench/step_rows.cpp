#include "run/bench/step_rows.h"

#include "core/base/error.h"

namespace sotto {
namespace {

std::vector<std::size_t> alike(std::int64_t rows) {
  return std::vector<std::size_t>(static_cast<std::size_t>(rows), 0);
}

}  // namespace

std::string name_of(const StepKind& kind) {
  if (kind.windows > 1) return concat("step, ", kind.windows, " windows");
  return concat("step, ", kind.rows, kind.rows == 1 ? " row" : " rows");
}

std::vector<TokenId> made_tokens(std::int64_t count, std::int64_t n_vocab) {
  std::vector<TokenId> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<TokenId>((i * 7919 + 11) % n_vocab));
  }
  return tokens;
}

StepRows::StepRows(Model& model, const Tensor& mel, std::int64_t windows)
    : model_(model), windows_(model.decoder_kind() == DecoderKind::stateful ? windows : 1) {
  if (windows_ == 1) {
    model_.encode(mel, window_);
    session_ = model_.make_session(window_);
    return;
  }
  const auto places = static_cast<std::size_t>(windows_);
  batch_ = model_.make_batch(places);
  model_.encode(mel, batch_->window(0));
  // Where no words are timed all places take what they keep from one window.
  for (std::size_t place = 0; place < places; ++place) batch_->keep(place);
}

void StepRows::begin(const StepKind& kind, std::int64_t before) {
  tokens_ = made_tokens(kind.rows, model_.dims().n_vocab);
  const auto prompt = made_tokens(before, model_.dims().n_vocab);
  if (session_) {
    static_cast<void>(session_->prefill(prompt));
    session_->reorder(alike(kind.rows));
    return;
  }
  for (std::size_t place = 0; place < batch_->places(); ++place) batch_->drop(place);
  for (std::size_t place = 0; place < static_cast<std::size_t>(kind.windows); ++place) {
    PlaceSession session(*batch_, place);
    static_cast<void>(session.prefill(prompt));
    if (kind.windows == 1) batch_->reorder(place, alike(kind.rows));
  }
}

void StepRows::step() {
  static_cast<void>(session_ ? session_->step(tokens_) : batch_->step(tokens_));
}

}  // namespace sotto

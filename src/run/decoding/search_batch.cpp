#include "run/decoding/search_batch.h"

#include <algorithm>

#include "core/base/error.h"

namespace sotto {

void SearchBatch::begin(std::size_t place, const DecodeOptions& options) {
  WindowSearch search(tokenizer_, session_.context(), options);
  const auto answered = session_.prefill(place, search.initial_tokens(), search.positions());
  check_size(answered, search.positions().size());
  search.begin(answered);
  // All rows come of the one that was fed, whatever the first choice says of their sources.
  if (search.rows() > 1) session_.reorder(place, std::vector<std::size_t>(search.rows(), 0));
  searches_.emplace(place, std::move(search));
}

std::optional<SearchBatch::Finished> SearchBatch::take_finished() {
  const auto done = std::find_if(searches_.begin(), searches_.end(),
                                 [](const auto& entry) { return entry.second.is_done(); });
  if (done == searches_.end()) return std::nullopt;
  Finished finished{done->first, done->second.finish()};
  session_.drop(done->first);
  searches_.erase(done);
  return finished;
}

SearchBatch::Finished SearchBatch::next() {
  for (;;) {
    if (auto finished = take_finished()) return *std::move(finished);
    step();
  }
}

void SearchBatch::step() {
  if (empty()) fail(ErrorKind::internal, "a step of no searches");
  tokens_.clear();
  for (const auto& [place, search] : searches_) {
    session_.reorder(place, search.sources());
    search.append_last_tokens(tokens_);
  }
  const auto answered = session_.step(tokens_);
  check_size(answered, tokens_.size());
  logits_.assign(answered.begin(), answered.end());
  const auto n_vocab = static_cast<std::size_t>(tokenizer_.n_vocab());
  std::size_t row = 0;
  for (auto& [place, search] : searches_) {
    search.advance(std::span(logits_).subspan(row * n_vocab, search.rows() * n_vocab));
    row += search.rows();
  }
}

void SearchBatch::check_size(std::span<const float> answered, std::size_t rows) const {
  const auto n_vocab = static_cast<std::size_t>(tokenizer_.n_vocab());
  if (answered.size() == rows * n_vocab) return;
  fail(ErrorKind::mismatch, "the decoder gave ", answered.size(), " logits, expected ", rows,
       " times ", n_vocab);
}

}  // namespace sotto

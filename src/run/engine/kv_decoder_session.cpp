#include "run/engine/kv_decoder_session.h"

#include <algorithm>
#include <utility>

namespace sotto {

KvDecoderSession::KvDecoderSession(KvDecoder& decoder, const TokenEmbedding& embedding,
                                   EncodedWindow& window)
    : decoder_(decoder), embedding_(embedding) {
  decoder_.begin_window(window.cross_keys, window.cross_values);
}

void KvDecoderSession::drop_rows(std::size_t first) {
  while (rows_.size() > first) {
    decoder_.give_back(std::move(rows_.back()));
    rows_.pop_back();
  }
}

// As many at once as the graph takes; logits are those after the last.
std::span<const float> KvDecoderSession::feed(std::span<const TokenId> tokens, KvCache& cache) {
  const auto width = static_cast<std::size_t>(embedding_.width());
  std::span<const float> logits;
  while (!tokens.empty()) {
    const auto most = static_cast<std::size_t>(decoder_.most_tokens());
    const auto now = tokens.first(std::min(tokens.size(), most));
    embedded_.resize(now.size() * width);
    embedding_.look_up(now, embedded_);
    logits = decoder_.feed(embedded_, cache);
    tokens = tokens.subspan(now.size());
  }
  return logits;
}

// Logits come out after the last token of a run alone, so a run ends at each position that is asked
// for.
std::span<const float> KvDecoderSession::prefill(std::span<const TokenId> tokens,
                                                 std::span<const std::size_t> positions) {
  drop_rows(1);
  if (rows_.empty()) rows_.push_back(decoder_.take_cache());
  KvCache& cache = *rows_.front();
  cache.clear();
  logits_.clear();
  std::size_t fed = 0;
  std::span<const float> after;
  for (const std::size_t position : positions) {
    if (position >= fed) after = feed(tokens.subspan(fed, position + 1 - fed), cache);
    logits_.insert(logits_.end(), after.begin(), after.end());
    fed = position + 1;
  }
  (void)feed(tokens.subspan(fed), cache);
  return logits_;
}

// A row's first successor takes its cache over; others copy what is in it.
void KvDecoderSession::reorder(std::span<const std::size_t> sources) {
  std::vector<CachePointer> rows(sources.size());
  std::vector<const KvCache*> moved(rows_.size(), nullptr);
  for (std::size_t i = 0; i < sources.size(); ++i) {
    CachePointer& source = rows_[sources[i]];
    if (source != nullptr) {
      moved[sources[i]] = source.get();
      rows[i] = std::move(source);
    }
  }
  for (CachePointer& left : rows_) {
    if (left != nullptr) decoder_.give_back(std::move(left));
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (rows[i] != nullptr) continue;
    rows[i] = decoder_.take_cache();
    rows[i]->copy_from(*moved[sources[i]]);
  }
  rows_ = std::move(rows);
}

std::span<const float> KvDecoderSession::step(std::span<const TokenId> tokens) {
  logits_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    const auto after = feed(tokens.subspan(i, 1), *rows_[i]);
    logits_.insert(logits_.end(), after.begin(), after.end());
  }
  return logits_;
}

}  // namespace sotto

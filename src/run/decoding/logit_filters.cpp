#include "run/decoding/logit_filters.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "run/decoding/audio_windows.h"
#include "run/decoding/probabilities.h"
#include "run/decoding/suppressed_tokens.h"

namespace sotto {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

void forbid(std::span<float> logits, std::span<const TokenId> tokens) {
  for (const TokenId token : tokens) logits[static_cast<std::size_t>(token)] = kForbidden;
}

/// Forbids ids [first, end).
void forbid_range(std::span<float> logits, TokenId first, TokenId end) {
  const auto limit = std::min(static_cast<std::size_t>(end), logits.size());
  for (auto id = static_cast<std::size_t>(first); id < limit; ++id) logits[id] = kForbidden;
}

}  // namespace

SuppressBlank::SuppressBlank(const Tokenizer& tokenizer) : blank_(tokenizer.encode(" ")) {
  blank_.push_back(tokenizer.special().end_of_text);
}

void SuppressBlank::apply(std::span<float> logits, std::span<const TokenId> sampled) const {
  if (sampled.empty()) forbid(logits, blank_);
}

void SuppressTokens::apply(std::span<float> logits, std::span<const TokenId> /*sampled*/) const {
  forbid(logits, tokens_);
}

void TimestampRules::apply(std::span<float> logits, std::span<const TokenId> sampled) const {
  forbid(logits, std::span(&special_.no_timestamps, 1));
  keep_pairs(logits, sampled);
  if (sampled.empty()) begin_with_timestamp(logits);
  prefer_timestamps(logits);
}

void TimestampRules::keep_pairs(std::span<float> logits, std::span<const TokenId> sampled) const {
  const auto end = static_cast<TokenId>(logits.size());
  const std::size_t count = sampled.size();
  const bool last = count >= 1 && is_timestamp(sampled[count - 1]);
  const bool before = count < 2 || is_timestamp(sampled[count - 2]);
  if (last && before) forbid_range(logits, special_.first_timestamp, end);
  if (last && !before) forbid_range(logits, 0, special_.end_of_text);

  const auto latest = std::find_if(sampled.rbegin(), sampled.rend(),
                                   [this](TokenId token) { return is_timestamp(token); });
  if (latest == sampled.rend()) return;
  // The timestamp that closes a pair may repeat the one before, so that segments can touch; one
  // that opens may not, or nothing would ever force a segment to last.
  const TokenId first_allowed = last && !before ? *latest : *latest + 1;
  forbid_range(logits, special_.first_timestamp, first_allowed);
}

void TimestampRules::begin_with_timestamp(std::span<float> logits) const {
  forbid_range(logits, 0, special_.first_timestamp);
  if (!last_initial_) return;
  const auto first_late = static_cast<std::int64_t>(special_.first_timestamp) + *last_initial_ + 1;
  for (auto id = static_cast<std::size_t>(first_late); id < logits.size(); ++id) {
    logits[id] = kForbidden;
  }
}

// The reference compares log-probabilities; what normalises them is on both sides and is left out.
void TimestampRules::prefer_timestamps(std::span<float> logits) const {
  const auto first = static_cast<std::size_t>(special_.first_timestamp);
  const auto likeliest_text = static_cast<double>(largest_logit(logits.first(first)));
  if (log_sum_exp(logits.subspan(first)) > likeliest_text) {
    forbid_range(logits, 0, special_.first_timestamp);
  }
}

void HearOn::apply(std::span<float> logits, std::span<const TokenId> sampled) const {
  const std::size_t count = sampled.size();
  if (count < 2 || sampled[count - 2] < special_.first_timestamp) return;
  const std::int64_t index = sampled[count - 1] - special_.first_timestamp;
  if (index < 0 || index > last_) return;
  forbid(logits, std::span(&special_.end_of_text, 1));
}

std::vector<std::unique_ptr<LogitFilter>> make_filters(const Tokenizer& tokenizer,
                                                       const DecodeOptions& options) {
  std::vector<std::unique_ptr<LogitFilter>> filters;
  if (options.suppress_blank) filters.push_back(std::make_unique<SuppressBlank>(tokenizer));
  if (!options.suppress_tokens.empty()) {
    filters.push_back(
        std::make_unique<SuppressTokens>(suppressed_tokens(tokenizer, options.suppress_tokens)));
  }
  if (!options.without_timestamps) {
    std::optional<std::int64_t> last_initial;
    if (options.max_initial_timestamp && *options.max_initial_timestamp > 0) {
      last_initial = std::llrint(*options.max_initial_timestamp / kSecondsPerPlace);
    }
    filters.push_back(std::make_unique<TimestampRules>(tokenizer.special(), last_initial));
    if (options.speech_until) {
      const std::int64_t last = std::llrint(*options.speech_until / kSecondsPerPlace);
      filters.push_back(std::make_unique<HearOn>(tokenizer.special(), last));
    }
  }
  return filters;
}

}  // namespace sotto

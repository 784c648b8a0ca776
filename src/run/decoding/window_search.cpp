#include "run/decoding/window_search.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/text.h"
#include "run/decoding/compression_ratio.h"
#include "run/decoding/decode.h"
#include "run/decoding/probabilities.h"

namespace sotto {
namespace {

DecodeOptions checked(DecodeOptions options) {
  check_decode_options(options);
  return options;
}

std::unique_ptr<TokenSearch> make_search(const DecodeOptions& options, TokenId end_of_text) {
  return options.beam_size ? make_beam_search(options, end_of_text)
                           : make_greedy_search(options, end_of_text);
}

std::vector<std::size_t> wanted_positions(const InitialTokens& initial) {
  const std::size_t last = initial.tokens.size() - 1;
  return initial.start == last ? std::vector{last} : std::vector{initial.start, last};
}

}  // namespace

WindowSearch::WindowSearch(const Tokenizer& tokenizer, std::int64_t context, DecodeOptions options)
    : tokenizer_(tokenizer),
      context_(context),
      options_(checked(std::move(options))),
      initial_(sotto::initial_tokens(tokenizer.special(), context, options_)),
      positions_(wanted_positions(initial_)),
      filters_(make_filters(tokenizer, options_)),
      search_(make_search(options_, tokenizer.special().end_of_text)) {
  const auto count =
      static_cast<std::size_t>(options_.beam_size.value_or(options_.best_of.value_or(1)));
  rows_.tokens.assign(count, initial_.tokens);
  rows_.sum_logprobs.assign(count, 0.0F);
  rows_.sources.assign(count, 0);
}

void WindowSearch::begin(std::span<const float> logits) {
  const auto no_speech = static_cast<std::size_t>(tokenizer_.special().no_speech);
  no_speech_prob_ =
      static_cast<double>(std::exp(log_probability(logits.first(n_vocab()), no_speech)));
  const auto after = logits.last(n_vocab());
  std::vector<float> all;
  all.reserve(rows() * n_vocab());
  for (std::size_t row = 0; row < rows(); ++row) all.insert(all.end(), after.begin(), after.end());
  advance(all);
}

void WindowSearch::append_last_tokens(std::vector<TokenId>& tokens) const {
  for (const auto& row : rows_.tokens) tokens.push_back(row.back());
}

void WindowSearch::advance(std::span<float> logits) {
  filter(logits);
  const bool is_completed = search_->update(rows_, logits);
  const auto length = static_cast<std::int64_t>(rows_.tokens.front().size());
  const std::int64_t most = options_.sample_len.value_or(context_ / 2);
  is_done_ = is_completed || length > context_ || ++sampled_ == most;
}

void WindowSearch::filter(std::span<float> logits) const {
  for (std::size_t row = 0; row < rows(); ++row) {
    const auto of_row = logits.subspan(row * n_vocab(), n_vocab());
    const auto sampled = std::span(rows_.tokens[row]).subspan(initial_.tokens.size());
    for (const auto& filter : filters_) filter->apply(of_row, sampled);
  }
}

DecodeResult WindowSearch::finish() {
  const std::vector<Candidate> candidates = search_->finish(rows_);
  std::vector<std::vector<TokenId>> sampled;
  for (const Candidate& candidate : candidates) {
    const auto begin =
        candidate.tokens.begin() + static_cast<std::ptrdiff_t>(initial_.tokens.size());
    sampled.emplace_back(
        begin, std::find(begin, candidate.tokens.end(), tokenizer_.special().end_of_text));
  }
  const std::size_t best = best_candidate(candidates, sampled, options_);
  DecodeResult result;
  result.tokens = std::move(sampled[best]);
  result.text = strip_white_space(tokenizer_.decode_without_timestamps(result.tokens));
  result.avg_logprob = candidates[best].sum_logprob / static_cast<double>(result.tokens.size() + 1);
  result.no_speech_prob = no_speech_prob_;
  result.temperature = options_.temperature;
  result.compression_ratio = compression_ratio(result.text);
  return result;
}

}  // namespace sotto

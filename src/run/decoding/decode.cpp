#include "run/decoding/decode.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/error.h"
#include "core/base/text.h"
#include "run/decoding/compression_ratio.h"
#include "run/decoding/initial_tokens.h"
#include "run/decoding/logit_filters.h"
#include "run/decoding/probabilities.h"
#include "run/decoding/token_search.h"

namespace sotto {
namespace {

/// One window on its way from logits to a text.
class DecodingTask {
 public:
  DecodingTask(DecoderSession& session, const Tokenizer& tokenizer, const DecodeOptions& options)
      : session_(session),
        tokenizer_(tokenizer),
        options_(options),
        initial_(initial_tokens(tokenizer.special(), session.context(), options)),
        filters_(make_filters(tokenizer, options)),
        search_(make_search()) {}

  DecodeResult run() {
    begin();
    const std::int64_t most = options_.sample_len.value_or(session_.context() / 2);
    for (std::int64_t sampled = 0; sampled < most; ++sampled) {
      if (sampled > 0) feed_last_tokens();
      filter();
      const bool completed = search_->update(rows_, logits_);
      const auto length = static_cast<std::int64_t>(rows_.tokens.front().size());
      if (completed || length > session_.context()) break;
    }
    return choose();
  }

 private:
  std::unique_ptr<TokenSearch> make_search() const {
    const TokenId end_of_text = tokenizer_.special().end_of_text;
    return options_.beam_size ? make_beam_search(options_, end_of_text)
                              : make_greedy_search(options_, end_of_text);
  }

  std::size_t n_vocab() const { return static_cast<std::size_t>(tokenizer_.n_vocab()); }

  /// Feeds the initial tokens once, for all rows begin alike.
  void begin() {
    const std::size_t last = initial_.tokens.size() - 1;
    std::vector<std::size_t> positions{initial_.start};
    if (last != initial_.start) positions.push_back(last);
    const auto answered = session_.prefill(initial_.tokens, positions);
    check_size(answered, positions.size());
    no_speech_prob_ = no_speech_probability(answered.first(n_vocab()));

    const std::vector<float> after(answered.end() - tokenizer_.n_vocab(), answered.end());
    const auto count =
        static_cast<std::size_t>(options_.beam_size.value_or(options_.best_of.value_or(1)));
    rows_.tokens.assign(count, initial_.tokens);
    rows_.sum_logprobs.assign(count, 0.0F);
    rows_.sources.assign(count, 0);
    if (count > 1) session_.reorder(rows_.sources);
    logits_.clear();
    for (std::size_t row = 0; row < count; ++row) {
      logits_.insert(logits_.end(), after.begin(), after.end());
    }
  }

  double no_speech_probability(std::span<const float> logits) const {
    const auto no_speech = static_cast<std::size_t>(tokenizer_.special().no_speech);
    return static_cast<double>(std::exp(log_probability(logits, no_speech)));
  }

  void feed_last_tokens() {
    session_.reorder(rows_.sources);
    std::vector<TokenId> last;
    for (const auto& row : rows_.tokens) last.push_back(row.back());
    const auto answered = session_.step(last);
    check_size(answered, last.size());
    logits_.assign(answered.begin(), answered.end());
  }

  void check_size(std::span<const float> answered, std::size_t rows) const {
    if (answered.size() == rows * n_vocab()) return;
    fail(ErrorKind::mismatch, "the decoder gave ", answered.size(), " logits, expected ", rows,
         " times ", n_vocab());
  }

  void filter() {
    for (std::size_t row = 0; row < rows_.tokens.size(); ++row) {
      const auto logits = std::span(logits_).subspan(row * n_vocab(), n_vocab());
      const auto sampled = std::span(rows_.tokens[row]).subspan(initial_.tokens.size());
      for (const auto& filter : filters_) filter->apply(logits, sampled);
    }
  }

  DecodeResult choose() {
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
    result.avg_logprob =
        candidates[best].sum_logprob / static_cast<double>(result.tokens.size() + 1);
    result.no_speech_prob = no_speech_prob_;
    result.temperature = options_.temperature;
    result.compression_ratio = compression_ratio(result.text);
    return result;
  }

  DecoderSession& session_;
  const Tokenizer& tokenizer_;
  const DecodeOptions& options_;
  InitialTokens initial_;
  std::vector<std::unique_ptr<LogitFilter>> filters_;
  std::unique_ptr<TokenSearch> search_;
  SearchRows rows_;
  std::vector<float> logits_;  // of all rows
  double no_speech_prob_ = 0;
};

}  // namespace

DecodeResult decode(DecoderSession& session, const Tokenizer& tokenizer,
                    const DecodeOptions& options) {
  check_decode_options(options);
  return DecodingTask(session, tokenizer, options).run();
}

}  // namespace sotto

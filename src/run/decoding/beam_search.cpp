#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "core/base/error.h"
#include "run/decoding/probabilities.h"
#include "run/decoding/token_search.h"

namespace sotto {
namespace {

using Sequence = std::vector<TokenId>;

/// A row with one more token.
struct Continuation {
  Sequence tokens;
  float score;
  std::size_t source;
};

bool better(const Continuation& a, const Continuation& b) { return a.score > b.score; }

class BeamSearch : public TokenSearch {
 public:
  BeamSearch(std::size_t beams, std::size_t most_finished, TokenId end_of_text)
      : beams_(beams), most_finished_(most_finished), end_of_text_(end_of_text) {}

  bool update(SearchRows& rows, std::span<const float> logits) override {
    auto continuations = continue_rows(rows, logits);
    std::stable_sort(continuations.begin(), continuations.end(), better);
    std::size_t kept = 0;
    for (Continuation& continuation : continuations) {
      if (kept == beams_) break;
      if (continuation.tokens.back() == end_of_text_) {
        add_finished(std::move(continuation));
      } else {
        rows.sum_logprobs[kept] = continuation.score;
        rows.sources[kept] = continuation.source;
        rows.tokens[kept++] = std::move(continuation.tokens);
      }
    }
    if (kept < beams_) fail(ErrorKind::internal, "beam search ran out of beams");
    return finished_.size() >= most_finished_;
  }

  std::vector<Candidate> finish(const SearchRows& rows) override {
    // Unfinished rows fill up, the best first; of equal ones the last, as a reversed sort gives.
    std::vector<std::size_t> order(rows.tokens.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return rows.sum_logprobs[a] < rows.sum_logprobs[b];
    });
    for (auto row = order.rbegin(); row != order.rend() && finished_.size() < beams_; ++row) {
      finished_.push_back({rows.tokens[*row], static_cast<double>(rows.sum_logprobs[*row])});
      finished_.back().tokens.push_back(end_of_text_);
    }
    return std::move(finished_);
  }

 private:
  /// The best continuations of every row, each sequence once: at first all rows are the same.
  std::vector<Continuation> continue_rows(const SearchRows& rows, std::span<const float> logits) {
    const std::size_t n_vocab = logits.size() / rows.tokens.size();
    log_probabilities_.resize(n_vocab);
    std::vector<Continuation> all;
    std::map<Sequence, std::size_t> places;
    for (std::size_t row = 0; row < rows.tokens.size(); ++row) {
      log_softmax(logits.subspan(row * n_vocab, n_vocab), log_probabilities_);
      for (const auto& [log_probability, token] : best_tokens()) {
        Sequence tokens = rows.tokens[row];
        tokens.push_back(token);
        const float score = rows.sum_logprobs[row] + log_probability;
        const auto [place, is_new] = places.try_emplace(tokens, all.size());
        if (is_new) {
          all.push_back({std::move(tokens), score, row});
        } else {
          all[place->second].score = score;
          all[place->second].source = row;
        }
      }
    }
    return all;
  }

  /// One more than there are beams, for one of them may be the end of text. With std::partial_sort
  /// over values alone, as torch.topk has it, so that ties fall the same way: what it would pass
  /// over anyway is not shown to it.
  std::span<const RankedToken> best_tokens() {
    const std::size_t count = std::min(beams_ + 1, log_probabilities_.size());
    leading_tokens(log_probabilities_, count, ranked_);
    std::partial_sort(ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(count),
                      ranked_.end(),
                      [](const auto& a, const auto& b) { return a.value > b.value; });
    return std::span(ranked_).first(count);
  }

  void add_finished(Continuation&& continuation) {
    if (finished_.size() >= most_finished_) return;
    finished_.push_back({std::move(continuation.tokens), static_cast<double>(continuation.score)});
  }

  std::size_t beams_;
  std::size_t most_finished_;
  TokenId end_of_text_;
  std::vector<Candidate> finished_;
  std::vector<float> log_probabilities_;
  std::vector<RankedToken> ranked_;
};

}  // namespace

std::unique_ptr<TokenSearch> make_beam_search(const DecodeOptions& options, TokenId end_of_text) {
  const std::int64_t beams = options.beam_size.value();
  const double patience = options.patience.value_or(1.0);
  // A patience of 0 counts as none given, as in the reference.
  const double most = static_cast<double>(beams) * (patience == 0 ? 1.0 : patience);
  const std::int64_t most_finished = std::llrint(most);
  if (most_finished < 1) {
    fail(ErrorKind::usage, Option{"patience"}, ": expected one that lets ", beams,
         " beams finish at least one text, found ", patience);
  }
  return std::make_unique<BeamSearch>(static_cast<std::size_t>(beams),
                                      static_cast<std::size_t>(most_finished), end_of_text);
}

std::size_t best_candidate(std::span<const Candidate> candidates,
                           std::span<const std::vector<TokenId>> sampled,
                           const DecodeOptions& options) {
  std::size_t best = 0;
  double best_score = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto length = static_cast<double>(sampled[i].size());
    const double penalty =
        options.length_penalty ? std::pow((5 + length) / 6, *options.length_penalty) : length;
    const double score = candidates[i].sum_logprob / penalty;
    if (i == 0 || score > best_score) {
      best = i;
      best_score = score;
    }
  }
  return best;
}

}  // namespace sotto

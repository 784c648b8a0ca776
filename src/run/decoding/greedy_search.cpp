#include <algorithm>
#include <cmath>
#include <random>

#include "core/base/error.h"
#include "run/decoding/probabilities.h"
#include "run/decoding/token_search.h"

namespace sotto {
namespace {

/// Draws tokens in proportion to exp(logit / temperature).
class Sampler {
 public:
  Sampler(double temperature, std::uint64_t seed) : temperature_(temperature), random_(seed) {}

  TokenId draw(std::span<const float> logits) {
    const auto largest = static_cast<double>(*std::max_element(logits.begin(), logits.end()));
    weights_.resize(logits.size());
    double sum = 0;
    for (std::size_t i = 0; i < logits.size(); ++i) {
      sum += std::exp((static_cast<double>(logits[i]) - largest) / temperature_);
      weights_[i] = sum;
    }
    constexpr double kSpan = 0x1p53;
    const double point = static_cast<double>(random_() >> 11U) / kSpan * sum;
    if (!(point < sum)) return arg_max(logits);  // broken logits, which arg_max() names
    const auto chosen = std::upper_bound(weights_.begin(), weights_.end(), point);
    return static_cast<TokenId>(chosen - weights_.begin());
  }

 private:
  double temperature_;
  std::mt19937_64 random_;
  std::vector<double> weights_;  // running sums
};

class GreedySearch : public TokenSearch {
 public:
  GreedySearch(const DecodeOptions& options, TokenId end_of_text)
      : temperature_(options.temperature),
        sampler_(options.temperature, options.seed),
        end_of_text_(end_of_text) {}

  bool update(SearchRows& rows, std::span<const float> logits) override {
    const std::size_t n_vocab = logits.size() / rows.tokens.size();
    bool completed = true;
    for (std::size_t row = 0; row < rows.tokens.size(); ++row) {
      const TokenId next = next_token(rows, row, logits.subspan(row * n_vocab, n_vocab));
      rows.tokens[row].push_back(next);
      rows.sources[row] = row;
      completed = completed && next == end_of_text_;
    }
    return completed;
  }

  std::vector<Candidate> finish(const SearchRows& rows) override {
    std::vector<Candidate> candidates;
    for (std::size_t row = 0; row < rows.tokens.size(); ++row) {
      candidates.push_back({rows.tokens[row], static_cast<double>(rows.sum_logprobs[row])});
      candidates.back().tokens.push_back(end_of_text_);
    }
    return candidates;
  }

 private:
  /// A row that has ended stays as it is: its further tokens are ends of text, and cost nothing.
  TokenId next_token(SearchRows& rows, std::size_t row, std::span<const float> logits) {
    if (rows.tokens[row].back() == end_of_text_) return end_of_text_;
    const LikeliestToken next = temperature_ == 0 ? likeliest_token(logits) : drawn_token(logits);
    rows.sum_logprobs[row] += next.log_probability;
    return next.token;
  }

  LikeliestToken drawn_token(std::span<const float> logits) {
    const TokenId token = sampler_.draw(logits);
    return {token, log_probability(logits, static_cast<std::size_t>(token))};
  }

  double temperature_;
  Sampler sampler_;
  TokenId end_of_text_;
};

}  // namespace

std::unique_ptr<TokenSearch> make_greedy_search(const DecodeOptions& options, TokenId end_of_text) {
  return std::make_unique<GreedySearch>(options, end_of_text);
}

}  // namespace sotto

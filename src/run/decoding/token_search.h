#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "run/decoding/decode_options.h"

namespace sotto {

/// The rows of tokens that are decoded side by side.
struct SearchRows {
  std::vector<std::vector<TokenId>> tokens;  ///< each with the initial tokens, all equally long
  std::vector<float> sum_logprobs;           ///< of what was sampled; float32 as in the reference
  std::vector<std::size_t> sources;          ///< which row of the step before each came from
};

/// A finished text: a row up to its end of text or beyond, and the sum of its log-probabilities.
struct Candidate {
  std::vector<TokenId> tokens;
  double sum_logprob = 0;
};

/// How the next tokens are chosen: the TokenDecoder of decoding.py.
class TokenSearch {
 public:
  virtual ~TokenSearch() = default;
  TokenSearch() = default;
  TokenSearch(const TokenSearch&) = delete;
  TokenSearch& operator=(const TokenSearch&) = delete;

  /// Appends a token to every row, given the filtered logits [rows, n_vocab], and says where each
  /// row came from. Returns true when nothing is left to search.
  [[nodiscard]] virtual bool update(SearchRows& rows, std::span<const float> logits) = 0;

  /// What was found, at least one. Every candidate has an end of text.
  [[nodiscard]] virtual std::vector<Candidate> finish(const SearchRows& rows) = 0;
};

/// The likeliest token each time or, at temperatures above 0, one drawn at random in proportion to
/// its probability; then the random numbers are not torch's, so neither is the text.
[[nodiscard]] std::unique_ptr<TokenSearch> make_greedy_search(const DecodeOptions& options,
                                                              TokenId end_of_text);

/// Beam search with patience (Kasai et al. 2022, arXiv:2204.05424). `options.beam_size` is set.
[[nodiscard]] std::unique_ptr<TokenSearch> make_beam_search(const DecodeOptions& options,
                                                            TokenId end_of_text);

/// The candidate with the best log-probability per token or, with a length penalty α, over
/// ((5 + length) / 6)^α (Wu et al. 2016, arXiv:1609.08144); the first of equal ones. `sampled[i]`
/// holds the tokens of candidates[i] that count.
[[nodiscard]] std::size_t best_candidate(std::span<const Candidate> candidates,
                                         std::span<const std::vector<TokenId>> sampled,
                                         const DecodeOptions& options);

}  // namespace sotto

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "run/tokenizer/tokenizer.h"

namespace sotto {

/// Index of the largest value, the first of equal ones (as torch.argmax on a CPU). Throws format
/// when a value is NaN: the weights or the back end are broken, and whatever came out would be no
/// text.
[[nodiscard]] TokenId arg_max(std::span<const float> logits);

/// The largest value, −inf for none; NaN where one is NaN.
[[nodiscard]] float largest_logit(std::span<const float> logits);

struct LikeliestToken {
  TokenId token = 0;
  float log_probability = 0;
};

/// arg_max() and its log_probability(), with one look for the largest. Throws as both.
[[nodiscard]] LikeliestToken likeliest_token(std::span<const float> logits);

struct RankedToken {
  float value = 0;
  TokenId token = 0;
};

/// Replaces `leading` by the first `count` values and those behind them that are larger than the
/// count-th largest of all before, in their order: all that a selection of the `count` largest that
/// goes from front to back would keep, ever. 1 ≤ `count` ≤ the number of values, none of them NaN.
void leading_tokens(std::span<const float> values, std::size_t count,
                    std::vector<RankedToken>& leading);

/// log Σ exp(x), −inf for nothing but −inf. Throws format when a value is NaN or +inf: the weights
/// or the back end are broken, and whatever came out would be no text.
[[nodiscard]] double log_sum_exp(std::span<const float> values);

/// The log-probability of one of the values under their softmax, as log_softmax() gives it.
[[nodiscard]] float log_probability(std::span<const float> logits, std::size_t index);

/// Writes log softmax(logits) in the order of operations of torch on a CPU: (x − max) − log Σ, in
/// float32. Both hold as many values. Throws as log_sum_exp().
void log_softmax(std::span<const float> logits, std::span<float> log_probabilities);

}  // namespace sotto

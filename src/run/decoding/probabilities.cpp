#include "run/decoding/probabilities.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace sotto {
namespace {

struct Normaliser {
  float largest = 0;
  double log_sum = 0;  ///< of exp(x − largest)
};

Normaliser normaliser_of(std::span<const float> values) {
  if (values.empty()) fail(ErrorKind::internal, "probabilities of no logits");
  const float largest = *std::max_element(values.begin(), values.end());
  if (largest == -std::numeric_limits<float>::infinity()) return {largest, 0};
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(std::exp(value - largest));
  if (!std::isfinite(sum)) {
    fail(ErrorKind::format, "the decoder gave a logit that is no finite number: the model's ",
         "weights or the back end are broken");
  }
  return {largest, std::log(sum)};
}

}  // namespace

double log_sum_exp(std::span<const float> values) {
  const Normaliser normaliser = normaliser_of(values);
  return static_cast<double>(normaliser.largest) + normaliser.log_sum;
}

float log_probability(std::span<const float> logits, std::size_t index) {
  const Normaliser normaliser = normaliser_of(logits);
  return (logits[index] - normaliser.largest) - static_cast<float>(normaliser.log_sum);
}

void log_softmax(std::span<const float> logits, std::span<float> log_probabilities) {
  const Normaliser normaliser = normaliser_of(logits);
  const auto log_sum = static_cast<float>(normaliser.log_sum);
  std::transform(logits.begin(), logits.end(), log_probabilities.begin(),
                 [&](float logit) { return (logit - normaliser.largest) - log_sum; });
}

}  // namespace sotto

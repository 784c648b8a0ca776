#include "run/decoding/probabilities.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/base/error.h"

namespace sotto {
namespace {

// Loops over this many numbers side by side become vector instructions.
constexpr std::size_t kLanes = 16;
using Lanes = std::array<float, kLanes>;

/// exp(x) for x ≤ 0 to two units in the last place, and about 1e-38 below −87; the decoder's output
/// has 51865 numbers a token, for which std::exp takes as long as a tenth of the decoder does.
/// 2^n · e^r with r within ± ln 2 / 2 (Cephes' reduction and polynomial, Moshier 1989).
inline float exp_of_negative(float x) {
  constexpr float kSmallest = -87.0F, kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  constexpr float kRounding = 0x1.8p23F;  // added and taken away, it leaves a whole number
  x = x > kSmallest ? x : kSmallest;
  const float n = (x * kLog2E + kRounding) - kRounding;
  const float r = (x - n * kLn2High) - n * kLn2Low;
  float p = 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const float e = p * r * r + r + 1.0F;
  constexpr std::int32_t kBias = 127, kMantissaBits = 23;
  return e * std::bit_cast<float>((static_cast<std::int32_t>(n) + kBias) << kMantissaBits);
}

/// The largest value; NaN where one is NaN.
float largest_of(std::span<const float> values) {
  Lanes largest;
  largest.fill(-std::numeric_limits<float>::infinity());
  std::array<std::uint32_t, kLanes> broken{};
  std::size_t i = 0;
  const auto take = [&](std::size_t lane, float value) {
    largest[lane] = value > largest[lane] ? value : largest[lane];
    broken[lane] |= value != value ? 1U : 0U;
  };
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) take(lane, values[i + lane]);
  }
  for (; i < values.size(); ++i) take(0, values[i]);
  const bool any_broken = std::any_of(broken.begin(), broken.end(), [](auto b) { return b != 0; });
  return any_broken ? std::numeric_limits<float>::quiet_NaN()
                    : *std::max_element(largest.begin(), largest.end());
}

/// Σ exp(x − largest), added up in double every few numbers.
double sum_of_exp(std::span<const float> values, float largest) {
  constexpr std::size_t kBlock = 64 * kLanes;
  double sum = 0;
  std::size_t i = 0;
  while (i + kLanes <= values.size()) {
    Lanes lanes{};
    for (const std::size_t end = std::min(i + kBlock, values.size() / kLanes * kLanes); i < end;
         i += kLanes) {
      for (std::size_t lane = 0; lane < kLanes; ++lane) {
        lanes[lane] += exp_of_negative(values[i + lane] - largest);
      }
    }
    for (const float lane : lanes) sum += static_cast<double>(lane);
  }
  for (; i < values.size(); ++i) sum += static_cast<double>(exp_of_negative(values[i] - largest));
  return sum;
}

struct Normaliser {
  float largest = 0;
  double log_sum = 0;  ///< of exp(x − largest)
};

Normaliser normaliser_of(std::span<const float> values) {
  if (values.empty()) fail(ErrorKind::internal, "probabilities of no logits");
  const float largest = largest_of(values);
  if (largest == -std::numeric_limits<float>::infinity()) return {largest, 0};
  if (!std::isfinite(largest)) {
    fail(ErrorKind::format, "the decoder gave a logit that is no finite number: the model's ",
         "weights or the back end are broken");
  }
  return {largest, std::log(sum_of_exp(values, largest))};
}

}  // namespace

TokenId arg_max(std::span<const float> logits) {
  if (logits.empty()) fail(ErrorKind::internal, "arg max of no logits");
  std::size_t best = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    if (std::isnan(logits[i])) {
      fail(ErrorKind::format, "the decoder gave NaN for token ", i,
           ": the model's weights or the back end are broken");
    }
    if (logits[i] > logits[best]) best = i;
  }
  return static_cast<TokenId>(best);
}

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

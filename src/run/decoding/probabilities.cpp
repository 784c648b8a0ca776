#include "run/decoding/probabilities.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>

#include "core/base/error.h"

namespace sotto {
namespace {

// The compilers' vectors of what every x86-64 and Arm has: left to themselves, they go through
// these loops a number at a time.
using Four = float __attribute__((vector_size(16)));
using FourInts = std::int32_t __attribute__((vector_size(16)));
constexpr std::size_t kWidth = sizeof(Four) / sizeof(float);
constexpr std::size_t kChains = 4;  // vectors side by side: one waits for what came before
constexpr std::size_t kLanes = kWidth * kChains;
constexpr float kLowest = -std::numeric_limits<float>::infinity();

inline Four four_at(std::span<const float> values, std::size_t place) {
  Four four;
  std::memcpy(&four, &values[place], sizeof four);
  return four;
}

/// exp(x) for x ≤ 0 to two units in the last place, and about 1e-38 below −87; the decoder's output
/// has 51865 numbers a token, for which std::exp takes as long as a tenth of the decoder does.
/// 2^n · e^r with r within ± ln 2 / 2 (Cephes' reduction and polynomial, Moshier 1989).
inline Four exp_of_negative(Four x) {
  constexpr float kSmallest = -87.0F, kLog2E = 1.44269504F;
  constexpr float kLn2High = 0.693359375F, kLn2Low = -2.12194440e-4F;
  constexpr float kRounding = 0x1.8p23F;  // added and taken away, it leaves a whole number
  x = x > kSmallest ? x : Four{} + kSmallest;
  const Four n = (x * kLog2E + kRounding) - kRounding;
  const Four r = (x - n * kLn2High) - n * kLn2Low;
  Four p = Four{} + 1.9875691500e-4F;
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  const Four e = p * r * r + r + 1.0F;
  constexpr std::int32_t kBias = 127, kMantissaBits = 23;
  const FourInts power = (__builtin_convertvector(n, FourInts) + kBias) << kMantissaBits;
  return e * std::bit_cast<Four>(power);
}

/// The largest value; NaN where one is NaN.
float largest_of(std::span<const float> values) {
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  std::array<Four, kChains> largest;
  largest.fill(Four{} + kLowest);
  FourInts ordered = FourInts{} - 1;  // all bits where no value was NaN
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      const Four four = four_at(values, i + chain * kWidth);
      largest[chain] = four > largest[chain] ? four : largest[chain];
      ordered &= four >= kLowest;
    }
  }
  float result = kLowest;
  for (std::size_t lane = 0; lane < kWidth; ++lane) {
    if (ordered[lane] == 0) return kNaN;
    for (const Four& four : largest) result = std::max(result, four[lane]);
  }
  for (; i < values.size(); ++i) {
    if (std::isnan(values[i])) return kNaN;
    result = std::max(result, values[i]);
  }
  return result;
}

/// Σ exp(x − largest), added up in double every few numbers.
double sum_of_exp(std::span<const float> values, float largest) {
  constexpr std::size_t kBlock = 64 * kLanes;
  double sum = 0;
  std::size_t i = 0;
  while (i + kLanes <= values.size()) {
    std::array<Four, kChains> sums{};
    for (const std::size_t end = std::min(i + kBlock, values.size() / kLanes * kLanes); i < end;
         i += kLanes) {
      for (std::size_t chain = 0; chain < kChains; ++chain) {
        sums[chain] += exp_of_negative(four_at(values, i + chain * kWidth) - largest);
      }
    }
    for (const Four& four : sums) {
      for (std::size_t lane = 0; lane < kWidth; ++lane) sum += static_cast<double>(four[lane]);
    }
  }
  for (; i < values.size(); ++i) {
    sum += static_cast<double>(exp_of_negative(Four{} + (values[i] - largest))[0]);
  }
  return sum;
}

[[noreturn]] void refuse_logits() {
  fail(ErrorKind::format, "the decoder gave a logit that is no finite number: the model's ",
       "weights or the back end are broken");
}

struct Normaliser {
  float largest = 0;
  double log_sum = 0;  ///< of exp(x − largest)
};

/// `largest` is that of the values.
Normaliser normaliser_of(std::span<const float> values, float largest) {
  if (largest == kLowest) return {largest, 0};
  if (!std::isfinite(largest)) refuse_logits();
  return {largest, std::log(sum_of_exp(values, largest))};
}

Normaliser normaliser_of(std::span<const float> values) {
  if (values.empty()) fail(ErrorKind::internal, "probabilities of no logits");
  return normaliser_of(values, largest_of(values));
}

/// Of a value under the values' softmax, in the order of torch's operations.
float log_probability(float logit, const Normaliser& normaliser) {
  return (logit - normaliser.largest) - static_cast<float>(normaliser.log_sum);
}

/// Whether one of the kLanes values from `place` on is larger than `bound`.
bool any_above(float bound, std::span<const float> values, std::size_t place) {
  FourInts found{};
  for (std::size_t chain = 0; chain < kChains; ++chain) {
    found |= four_at(values, place + chain * kWidth) > bound;
  }
  return (found[0] | found[1] | found[2] | found[3]) != 0;
}

/// The first place of a value that is there.
std::size_t place_of(float wanted, std::span<const float> values) {
  std::size_t i = 0;
  for (; i + kLanes <= values.size(); i += kLanes) {
    FourInts found{};
    for (std::size_t chain = 0; chain < kChains; ++chain) {
      found |= four_at(values, i + chain * kWidth) == wanted;
    }
    if ((found[0] | found[1] | found[2] | found[3]) != 0) break;
  }
  const auto rest = values.subspan(i);
  return i + static_cast<std::size_t>(std::find(rest.begin(), rest.end(), wanted) - rest.begin());
}

[[noreturn]] void refuse_nan(std::span<const float> logits) {
  const auto broken =
      std::find_if(logits.begin(), logits.end(), [](float logit) { return std::isnan(logit); });
  fail(ErrorKind::format, "the decoder gave NaN for token ", broken - logits.begin(),
       ": the model's weights or the back end are broken");
}

}  // namespace

float largest_logit(std::span<const float> logits) { return largest_of(logits); }

TokenId arg_max(std::span<const float> logits) {
  if (logits.empty()) fail(ErrorKind::internal, "arg max of no logits");
  const float largest = largest_of(logits);
  if (std::isnan(largest)) refuse_nan(logits);
  return static_cast<TokenId>(place_of(largest, logits));
}

LikeliestToken likeliest_token(std::span<const float> logits) {
  const TokenId token = arg_max(logits);
  const float largest = logits[static_cast<std::size_t>(token)];
  return {token, log_probability(largest, normaliser_of(logits, largest))};
}

void leading_tokens(std::span<const float> values, std::size_t count,
                    std::vector<RankedToken>& leading) {
  leading.clear();
  std::vector<float> largest(count, kLowest);  // of those seen, falling
  const auto see = [&](std::size_t i) {
    leading.push_back({values[i], static_cast<TokenId>(i)});
    const auto place =
        std::upper_bound(largest.begin(), largest.end(), values[i], std::greater<>());
    if (place == largest.end()) return;
    std::move_backward(place, largest.end() - 1, largest.end());
    *place = values[i];
  };
  std::size_t i = 0;
  for (; i < count; ++i) see(i);
  for (; i < values.size(); ++i) {
    while (i + kLanes <= values.size() && !any_above(largest.back(), values, i)) i += kLanes;
    if (i < values.size() && values[i] > largest.back()) see(i);
  }
}

double log_sum_exp(std::span<const float> values) {
  const Normaliser normaliser = normaliser_of(values);
  return static_cast<double>(normaliser.largest) + normaliser.log_sum;
}

float log_probability(std::span<const float> logits, std::size_t index) {
  return log_probability(logits[index], normaliser_of(logits));
}

void log_softmax(std::span<const float> logits, std::span<float> log_probabilities) {
  const Normaliser normaliser = normaliser_of(logits);
  std::transform(logits.begin(), logits.end(), log_probabilities.begin(),
                 [&](float logit) { return log_probability(logit, normaliser); });
}

}  // namespace sotto

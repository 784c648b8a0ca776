#include "run/mel/rate_converter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <type_traits>

#include "run/mel/samples.h"

namespace sotto {
namespace {

constexpr double kCutoff = 0.97;
constexpr double kBeta = 9;
constexpr double kZeroCrossings = 32;
constexpr std::int64_t kMostPlaces = 1024;

/// The modified Bessel function of the first kind and order 0, by its power series.
double bessel_i0(double x) {
  const double quarter = x * x / 4;
  double sum = 1;
  double term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= quarter / (static_cast<double>(k) * k);
    sum += term;
  }
  return sum;
}

double sinc(double x) { return x == 0 ? 1 : std::sin(x) / x; }

/// 16-bit taps are rounded as single floats are.
template <class T>
T as_tap(double value) {
  if constexpr (!std::is_same_v<T, std::int16_t>) return static_cast<T>(value);
  constexpr double kOne = 32768;
  return static_cast<T>(
      std::clamp<long>(std::lrint(static_cast<float>(value * kOne)), -32768, 32767));
}

using Sum = std::int64_t;  // 16-bit products of a hostile recording overflow 32 bits

Sum product(const std::int16_t* samples, const std::vector<std::int16_t>& taps) {
  Sum sum = 0;
  for (std::size_t i = 0; i < taps.size(); ++i) sum += std::int32_t{samples[i]} * taps[i];
  return sum;
}

/// In several sums, which the processor can add to at once.
template <class T>
T product(const T* samples, const std::vector<T>& taps) {
  constexpr std::size_t kLanes = 8;
  std::array<T, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= taps.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += samples[i + lane] * taps[i + lane];
    }
  }
  for (; i < taps.size(); ++i) sums[0] += samples[i] * taps[i];
  return std::accumulate(sums.begin(), sums.end(), T{0});
}

std::int16_t as_sample(Sum sum) {
  constexpr Sum kHalf = 1 << 14;
  return static_cast<std::int16_t>(std::clamp<Sum>((sum + kHalf) >> 15, -32768, 32767));
}

template <class T>
T as_sample(T sum) {
  return sum;
}

/// `part` of `parts` of the way from one sum to the other.
Sum between(Sum from, Sum to, std::int64_t part, std::int64_t parts) {
  return from + (to - from) * part / parts;
}

template <class T>
T between(T from, T to, std::int64_t part, std::int64_t parts) {
  return from + (to - from) * (static_cast<T>(part) / static_cast<T>(parts));
}

}  // namespace

template <class T>
SincFilter<T>::SincFilter(std::int64_t rate) {
  const auto in = static_cast<double>(rate);
  factor_ = std::min(static_cast<double>(kSampleRate) * kCutoff / in, 1.0);
  taps_ = 2 * static_cast<std::size_t>(std::ceil(kZeroCrossings / factor_ / 2));
  const std::int64_t exact = kSampleRate / std::gcd(kSampleRate, rate);
  places_ = std::min(exact, kMostPlaces);
  const std::int64_t distance = rate * places_;
  const std::int64_t common = std::gcd(distance, kSampleRate);
  step_parts_ = kSampleRate / common;
  step_ = distance / kSampleRate;
  step_rest_ = distance % kSampleRate / common;
  filters_.resize(static_cast<std::size_t>(places_) + 1);
  for (std::size_t i = 0; i < taps_; ++i) sum_ += value(i, 0);
}

template <class T>
const std::vector<T>& SincFilter<T>::at(std::int64_t place) {
  std::vector<T>& filter = filters_[static_cast<std::size_t>(place)];
  if (filter.empty()) filter = make(place);
  return filter;
}

template <class T>
std::vector<T> SincFilter<T>::make(std::int64_t place) const {
  const double offset = static_cast<double>(place) / static_cast<double>(places_);
  std::vector<T> filter;
  filter.reserve(taps_);
  for (std::size_t i = 0; i < taps_; ++i) filter.push_back(as_tap<T>(value(i, offset) / sum_));
  return filter;
}

/// Of the windowed sinc, under tap `i` where its middle lies `offset` behind the middle tap.
template <class T>
double SincFilter<T>::value(std::size_t i, double offset) const {
  const auto length = static_cast<double>(taps_);
  const auto middle = static_cast<double>((taps_ - 1) / 2);
  const double distance = static_cast<double>(i) - middle - offset;
  const double along = 2 * distance / length;  // of the window, from −1 to 1
  return sinc(std::numbers::pi * distance * factor_) *
         bessel_i0(kBeta * std::sqrt(std::max(1 - along * along, 0.0)));
}

template <class T>
T SincFilter<T>::apply(const T* samples, std::int64_t place, std::int64_t part) {
  const auto here = product(samples, at(place));
  if (part == 0) return as_sample(here);
  return as_sample(between(here, product(samples, at(place + 1)), part, step_parts_));
}

template <class T>
void RateConverter<T>::convert(std::span<const T> samples, std::vector<T>& out) {
  held_.insert(held_.end(), samples.begin(), samples.end());
  if (!started_ && held_.size() > filter_->taps()) start();
  if (started_) run(out);
}

/// Puts the mirrored beginning in front, as much as lies under the first output sample's filter.
template <class T>
void RateConverter<T>::start() {
  const auto centre = static_cast<std::ptrdiff_t>((filter_->taps() - 1) / 2);
  std::vector<T> mirrored(held_.begin() + 1, held_.begin() + 1 + centre);
  std::reverse(mirrored.begin(), mirrored.end());
  held_.insert(held_.begin(), mirrored.begin(), mirrored.end());
  started_ = true;
}

template <class T>
void RateConverter<T>::run(std::vector<T>& out) {
  const SincFilter<T>& filter = *filter_;
  while (position_ + filter.taps() <= held_.size()) {
    out.push_back(filter_->apply(held_.data() + position_, place_, part_));
    part_ += filter.step_rest();
    place_ += filter.step() + part_ / filter.step_parts();
    part_ %= filter.step_parts();
    position_ += static_cast<std::size_t>(place_ / filter.places());
    place_ %= filter.places();
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(position_));
  position_ = 0;
}

template <class T>
void RateConverter<T>::finish(std::vector<T>& out) {
  const std::size_t count = (std::min(held_.size(), filter_->taps()) + 1) / 2;
  const std::vector<T> mirrored(held_.rbegin(),
                                held_.rbegin() + static_cast<std::ptrdiff_t>(count));
  held_.insert(held_.end(), mirrored.begin(), mirrored.end());
  if (!started_ && held_.size() > filter_->taps()) start();
  if (started_) run(out);
}

template class SincFilter<std::int16_t>;
template class SincFilter<float>;
template class SincFilter<double>;
template class RateConverter<std::int16_t>;
template class RateConverter<float>;
template class RateConverter<double>;

}  // namespace sotto

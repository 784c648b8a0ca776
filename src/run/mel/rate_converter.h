#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace sotto {

/// The low-pass filter that brings a rate to 16 kHz, as libswresample builds its own by default: a
/// sinc cut off at 0.97 of the lower Nyquist frequency, under a Kaiser window of β = 9, 32 zero
/// crossings long, one set of taps for each place that an output sample can have between two of the
/// input. Where the rates' ratio has more than 1024 places, taps are interpolated between 1024.
/// T is std::int16_t (taps of 16 bits too), float or double.
template <class T>
class SincFilter {
 public:
  /// `rate` is from kLowestRate to kHighestRate.
  explicit SincFilter(std::int64_t rate);

  [[nodiscard]] std::size_t taps() const { return taps_; }
  [[nodiscard]] std::int64_t places() const { return places_; }

  /// How many places further the next output sample lies: step() + step_rest() / step_parts().
  [[nodiscard]] std::int64_t step() const { return step_; }
  [[nodiscard]] std::int64_t step_rest() const { return step_rest_; }
  [[nodiscard]] std::int64_t step_parts() const { return step_parts_; }

  /// The output sample that lies `place`, and `part` / step_parts() of a place, behind the middle
  /// one of taps() samples (the left one of two).
  [[nodiscard]] T apply(const T* samples, std::int64_t place, std::int64_t part);

 private:
  const std::vector<T>& at(std::int64_t place);
  [[nodiscard]] std::vector<T> make(std::int64_t place) const;
  [[nodiscard]] double value(std::size_t i, double offset) const;

  double factor_;     // of the cut-off frequency and the input's Nyquist frequency
  std::size_t taps_;  // even
  std::int64_t places_;
  std::int64_t step_;
  std::int64_t step_rest_;
  std::int64_t step_parts_;
  double sum_ = 0;  // of the first place's values, which all places' are divided by
  std::vector<std::vector<T>> filters_;  // by place; made when they are first needed
};

/// Brings one channel from another rate to 16 kHz. Before its first sample the sound is taken to be
/// mirrored, and behind the last one for half a filter, as libswresample does: so nothing is lost
/// at either end, and a recording much shorter than the filter gives nothing.
template <class T>
class RateConverter {
 public:
  /// Channels of one recording share a filter.
  explicit RateConverter(std::shared_ptr<SincFilter<T>> filter) : filter_(std::move(filter)) {}

  /// Appends what can be computed once `samples` are there.
  void convert(std::span<const T> samples, std::vector<T>& out);

  /// Appends the rest, at the end.
  void finish(std::vector<T>& out);

 private:
  void start();
  void run(std::vector<T>& out);

  std::shared_ptr<SincFilter<T>> filter_;
  std::vector<T> held_;
  std::size_t position_ = 0;  // in held_: the first sample under the filter
  std::int64_t place_ = 0;
  std::int64_t part_ = 0;
  bool started_ = false;
};

}  // namespace sotto

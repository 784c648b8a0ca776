#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace sotto {

/// What a device computed beside what is right: how many elements are farther from it than rounding
/// can take them, and the one that is farthest for its bound.
class Comparison {
 public:
  explicit Comparison(std::span<const float> found) : found_(found) {}

  /// Element `index` should be `value`, give or take `bound`. Each element once.
  void hold(std::size_t index, double value, double bound) {
    const double found = found_[index];
    const double difference = std::abs(found - value);
    ++elements_;
    const bool is_right = difference <= bound;  // not where it is NaN
    if (!is_right) ++wrong_;
    const double share =
        is_right ? (bound > 0 ? difference / bound : 0) : beyond(difference, bound);
    if (share > share_) {
      share_ = share;
      worst_ = {index, value, found, bound};
    }
  }

  void add(const Comparison& other) {
    elements_ += other.elements_;
    wrong_ += other.wrong_;
    if (other.share_ > share_) share_ = other.share_, worst_ = other.worst_;
  }

  struct Element {
    std::size_t index = 0;
    double expected = 0, found = 0, bound = 0;
  };
  [[nodiscard]] const Element& worst() const { return worst_; }
  /// Of the worst element's bound: 1 and less is right; infinite where it is no number.
  [[nodiscard]] double share() const { return share_; }
  [[nodiscard]] std::uint64_t elements() const { return elements_; }
  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] std::span<const float> found() const { return found_; }

 private:
  static double beyond(double difference, double bound) {
    constexpr double kLargest = std::numeric_limits<double>::max();
    if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
    return bound > 0 && difference < kLargest * bound ? difference / bound : kLargest;
  }

  std::span<const float> found_;
  std::uint64_t elements_ = 0, wrong_ = 0;
  double share_ = -1;  ///< before there is an element
  Element worst_;
};

}  // namespace sotto

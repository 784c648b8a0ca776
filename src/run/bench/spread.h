#pragma once

#include <cstddef>
#include <vector>

namespace sotto {

/// What several measurements of the same thing gave, in their unit; all 0 of none.
struct Spread {
  double median = 0;
  double least = 0, most = 0;
  std::size_t count = 0;
};

/// The median of an even number is the mean of the two in the middle.
[[nodiscard]] Spread spread_of(std::vector<double> values);

/// Decides when something has been measured often enough: a few times at least, and then until it
/// has taken so many seconds.
class Repetition {
 public:
  Repetition(std::size_t least, double seconds) : least_(least), seconds_(seconds) {}

  [[nodiscard]] bool goes_on() const { return values_.size() < least_ || spent_ < seconds_; }

  /// Of one measurement, in seconds.
  void add(double value) {
    values_.push_back(value);
    spent_ += value;
  }

  [[nodiscard]] Spread spread() const { return spread_of(values_); }

 private:
  std::size_t least_;
  double seconds_;
  double spent_ = 0;
  std::vector<double> values_;
};

}  // namespace sotto

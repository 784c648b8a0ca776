#include "run/verifier/difference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/error.h"

namespace sotto {

double Difference::relative() const {
  if (largest == 0) return 0;
  if (largest_value == 0) return std::numeric_limits<double>::infinity();
  return largest / largest_value;
}

Difference compare_numbers(std::string_view what, std::span<const float> baseline,
                           std::span<const float> artifacts) {
  if (baseline.size() != artifacts.size()) {
    fail(ErrorKind::mismatch, what, ": the baseline has ", baseline.size(),
         " numbers and the artifacts ", artifacts.size());
  }
  Difference difference;
  for (std::size_t i = 0; i < baseline.size(); ++i) {
    const double distance = std::abs(static_cast<double>(baseline[i]) - artifacts[i]);
    // A NaN compares false with everything and would pass unseen.
    if (!std::isfinite(distance)) difference.largest = std::numeric_limits<double>::infinity();
    difference.largest = std::max(difference.largest, distance);
    difference.largest_value = std::max(difference.largest_value, std::abs(double{baseline[i]}));
  }
  return difference;
}

std::vector<AlignedToken> align(std::span<const TokenId> baseline,
                                std::span<const TokenId> artifacts) {
  const std::size_t rows = baseline.size(), columns = artifacts.size();
  const std::size_t pitch = columns + 1;
  // common[i · pitch + j]: longest common subsequence of what follows i and j.
  std::vector<std::uint32_t> common((rows + 1) * pitch, 0);
  for (std::size_t i = rows; i-- > 0;) {
    for (std::size_t j = columns; j-- > 0;) {
      common[i * pitch + j] = baseline[i] == artifacts[j] ? common[(i + 1) * pitch + j + 1] + 1
                                                          : std::max(common[(i + 1) * pitch + j],
                                                                     common[i * pitch + j + 1]);
    }
  }
  std::vector<AlignedToken> aligned;
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    const std::uint32_t best = common[i * pitch + j];
    if (i < rows && j < columns &&
        (baseline[i] == artifacts[j] || common[(i + 1) * pitch + j + 1] == best)) {
      aligned.push_back({baseline[i++], artifacts[j++]});
    } else if (i < rows && common[(i + 1) * pitch + j] == best) {
      aligned.push_back({baseline[i++], std::nullopt});
    } else {
      aligned.push_back({std::nullopt, artifacts[j++]});
    }
  }
  return aligned;
}

}  // namespace sotto

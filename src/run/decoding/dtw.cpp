#include "run/decoding/dtw.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "core/base/error.h"

namespace sotto {
namespace {

enum class Step : std::uint8_t { from_corner, from_above, from_left };

/// Where each cell is entered from, with an edge row above and an edge column to the left.
class Trace {
 public:
  Trace(std::size_t rows, std::size_t columns)
      : width_(columns + 1), steps_((rows + 1) * width_, Step::from_left) {
    for (std::size_t row = 0; row <= rows; ++row) at(row, 0) = Step::from_above;
    for (std::size_t column = 0; column <= columns; ++column) at(0, column) = Step::from_left;
  }
  Step& at(std::size_t row, std::size_t column) { return steps_[row * width_ + column]; }

 private:
  std::size_t width_;
  std::vector<Step> steps_;
};

Trace trace_cheapest(std::span<const double> costs, std::size_t rows, std::size_t columns) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Trace trace(rows, columns);
  std::vector<double> above(columns + 1, kInfinity);  // sums of the row before
  std::vector<double> sums(columns + 1);
  above[0] = 0;
  for (std::size_t row = 1; row <= rows; ++row) {
    sums[0] = kInfinity;
    for (std::size_t column = 1; column <= columns; ++column) {
      const double corner = above[column - 1];
      const double up = above[column];
      const double left = sums[column - 1];
      double least = left;
      if (corner < up && corner < left) {
        least = corner;
        trace.at(row, column) = Step::from_corner;
      } else if (up < corner && up < left) {
        least = up;
        trace.at(row, column) = Step::from_above;
      }
      sums[column] = costs[(row - 1) * columns + column - 1] + least;
    }
    std::swap(above, sums);
  }
  return trace;
}

}  // namespace

WarpingPath warp_time(std::span<const double> costs, std::int64_t rows, std::int64_t columns) {
  if (rows < 0 || columns < 0 || static_cast<std::int64_t>(costs.size()) != rows * columns) {
    fail(ErrorKind::internal, "time warping of ", costs.size(), " costs as ", rows, " rows of ",
         columns);
  }
  auto row = static_cast<std::size_t>(rows);
  auto column = static_cast<std::size_t>(columns);
  Trace trace = trace_cheapest(costs, row, column);
  WarpingPath path;
  while (row > 0 || column > 0) {
    path.rows.push_back(static_cast<std::int64_t>(row) - 1);
    path.columns.push_back(static_cast<std::int64_t>(column) - 1);
    const Step step = trace.at(row, column);
    if (step != Step::from_left) --row;
    if (step != Step::from_above) --column;
  }
  std::reverse(path.rows.begin(), path.rows.end());
  std::reverse(path.columns.begin(), path.columns.end());
  return path;
}

}  // namespace sotto

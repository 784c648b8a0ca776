#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <random>

#include "core/base/error.h"
#include "run/decoding/dtw.h"

namespace sotto {
namespace {

using testing::ElementsAre;

// The paths that openai/whisper's dtw_cpu() gives.
TEST(WarpTime, OfEqualStepsTakesTheOneFromTheLeft) {
  const WarpingPath path = warp_time(std::vector<double>(12, 0.0), 3, 4);
  EXPECT_THAT(path.rows, ElementsAre(0, 1, 2, 2, 2, 2));
  EXPECT_THAT(path.columns, ElementsAre(0, 0, 0, 1, 2, 3));
}

TEST(WarpTime, FollowsTheCheapCells) {
  const WarpingPath path = warp_time(std::vector<double>{0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0}, 3, 4);
  EXPECT_THAT(path.rows, ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(path.columns, ElementsAre(0, 1, 2, 3));
}

TEST(WarpTime, OfOneRowOrColumnGoesStraight) {
  const std::vector<double> costs(4, 1.0);
  EXPECT_THAT(warp_time(costs, 1, 4).columns, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(warp_time(costs, 1, 4).rows, ElementsAre(0, 0, 0, 0));
  EXPECT_THAT(warp_time(costs, 4, 1).rows, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(warp_time(costs, 4, 1).columns, ElementsAre(0, 0, 0, 0));
}

TEST(WarpTime, GoesLeftWhereThereIsNoNumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const WarpingPath all = warp_time(std::vector<double>(6, nan), 2, 3);
  EXPECT_THAT(all.rows, ElementsAre(0, 1, 1, 1, 1));
  EXPECT_THAT(all.columns, ElementsAre(-1, -1, 0, 1, 2));
  const WarpingPath one = warp_time(std::vector<double>{0, nan, 1, 1, nan, 0, 1, nan, 0}, 3, 3);
  EXPECT_THAT(one.rows, ElementsAre(0, 1, 2, 2, 2));
  EXPECT_THAT(one.columns, ElementsAre(0, 0, 0, 1, 2));
}

TEST(WarpTime, OfNothingIsNoPath) {
  EXPECT_TRUE(warp_time({}, 0, 0).rows.empty());
  EXPECT_THAT(warp_time({}, 2, 0).columns, ElementsAre(-1, -1));
}

TEST(WarpTime, RefusesAnotherNumberOfCosts) {
  EXPECT_THROW(static_cast<void>(warp_time(std::vector<double>(5), 2, 3)), Error);
}

double least_cost(const std::vector<double>& costs, std::size_t columns, std::size_t row,
                  std::size_t column) {
  const double own = costs[row * columns + column];
  if (row == 0 && column == 0) return own;
  double before = HUGE_VAL;
  if (row > 0) before = std::min(before, least_cost(costs, columns, row - 1, column));
  if (column > 0) before = std::min(before, least_cost(costs, columns, row, column - 1));
  if (row > 0 && column > 0) {
    before = std::min(before, least_cost(costs, columns, row - 1, column - 1));
  }
  return own + before;
}

TEST(WarpTime, FindsNoDearerPathThanTryingAll) {
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> extent(1, 6);
  std::uniform_real_distribution<double> cost(-1, 1);  // of which no two sums are equal
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t rows = extent(random);
    const std::size_t columns = extent(random);
    std::vector<double> costs(rows * columns);
    std::generate(costs.begin(), costs.end(), [&] { return cost(random); });
    const WarpingPath path =
        warp_time(costs, static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns));
    double sum = 0;
    for (std::size_t i = 0; i < path.rows.size(); ++i) {
      sum += costs[static_cast<std::size_t>(path.rows[i]) * columns +
                   static_cast<std::size_t>(path.columns[i])];
      if (i == 0) continue;
      const std::int64_t down = path.rows[i] - path.rows[i - 1];
      const std::int64_t right = path.columns[i] - path.columns[i - 1];
      EXPECT_TRUE(down >= 0 && down <= 1 && right >= 0 && right <= 1 && down + right > 0);
    }
    EXPECT_EQ(path.rows.front(), 0);
    EXPECT_EQ(path.columns.front(), 0);
    EXPECT_EQ(path.rows.back(), static_cast<std::int64_t>(rows) - 1);
    EXPECT_EQ(path.columns.back(), static_cast<std::int64_t>(columns) - 1);
    EXPECT_NEAR(sum, least_cost(costs, columns, rows - 1, columns - 1), 1e-12);
  }
}

}  // namespace
}  // namespace sotto

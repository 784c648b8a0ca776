#include <gtest/gtest.h>

#include "run/bench/plain_read.h"
#include "run/bench/spread.h"

namespace sotto::test {
namespace {

TEST(Spread, IsTheMedianBetweenTheEnds) {
  const Spread odd = spread_of({3, 1, 9});
  EXPECT_EQ(odd.median, 3);
  EXPECT_EQ(odd.least, 1);
  EXPECT_EQ(odd.most, 9);
  EXPECT_EQ(odd.count, 3U);
  EXPECT_EQ(spread_of({4, 1, 2, 9}).median, 3);
  EXPECT_EQ(spread_of({5}).median, 5);
  EXPECT_EQ(spread_of({}).count, 0U);
}

TEST(Repetition, GoesOnUntilBothAreReached) {
  Repetition few(3, 1);
  few.add(2);
  few.add(2);
  EXPECT_TRUE(few.goes_on());  // two are too few
  few.add(2);
  EXPECT_FALSE(few.goes_on());
  Repetition brief(1, 1);
  brief.add(0.5);
  EXPECT_TRUE(brief.goes_on());  // half a second is too short
  brief.add(0.5);
  EXPECT_FALSE(brief.goes_on());
  EXPECT_EQ(brief.spread().median, 0.5);
}

/// Every byte is read once, by one thread, whatever their number.
TEST(PlainRead, ReadsEverything) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  for (const int threads : {1, 2, 3, 5}) {
    PlainRead plain(100'000, threads);
    EXPECT_EQ(plain.bytes(), 100'032U);  // whole lines of a cache
    const std::vector<double> seconds = plain.measure(3);
    EXPECT_EQ(plain.sum(), 3 * kOnes * (plain.bytes() / sizeof kOnes));
    ASSERT_EQ(seconds.size(), 2U);  // the first is left out
    for (const double one : seconds) EXPECT_GT(one, 0);
  }
}

}  // namespace
}  // namespace sotto::test

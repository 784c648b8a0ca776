#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "run/decoding/probabilities.h"

namespace sotto {
namespace {

TEST(ArgMax, TakesTheLargest) {
  EXPECT_EQ(arg_max(std::vector<float>{0.5F, 3.0F, -1.0F}), 1);
  EXPECT_EQ(arg_max(std::vector<float>{-2.0F}), 0);
}

TEST(ArgMax, TakesTheFirstOfEqualOnes) {
  EXPECT_EQ(arg_max(std::vector<float>{1.0F, 3.0F, 3.0F, 3.0F}), 1);
  const float low = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(arg_max(std::vector<float>{low, low}), 0);
}

TEST(ArgMax, RefusesNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(arg_max(std::vector<float>{nan, 1.0F})), Error);
  EXPECT_THROW(static_cast<void>(arg_max(std::vector<float>{1.0F, nan})), Error);
}

}  // namespace
}  // namespace sotto

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/mel/channel_weights.h"

namespace sotto::test {
namespace {

void expect_weights(std::size_t channels, std::uint32_t speakers,
                    const std::vector<double>& expected) {
  constexpr double kMeasured = 1e-4;  // to a step of 16 bits
  const auto weights = channel_weights(channels, speakers);
  ASSERT_TRUE(weights);
  EXPECT_THAT(*weights, testing::Pointwise(testing::DoubleNear(kMeasured), expected)) << speakers;
}

// As libswresample 4.7 gave them when every channel was played alone.
TEST(ChannelWeights, AreLibswresamples) {
  expect_weights(1, 0, {1});
  expect_weights(2, 0, {0.5, 0.5});
  expect_weights(3, 0, {0.5, 0.5, 0});
  expect_weights(4, 0, {0.2426, 0.2426, 0.3431, 0.1716});
  expect_weights(5, 0, {0.2071, 0.2071, 0.2929, 0.1464, 0.1464});
  expect_weights(6, 0, {0.2071, 0.2071, 0.2929, 0, 0.1464, 0.1464});
  expect_weights(7, 0, {0.1807, 0.1807, 0.2555, 0, 0.1277, 0.1277, 0.1277});
  expect_weights(8, 0, {0.1602, 0.1602, 0.2266, 0, 0.1133, 0.1133, 0.1133, 0.1133});
  expect_weights(3, 0x7, {0.2929, 0.2929, 0.4142});
  expect_weights(4, 0x33, {0.2929, 0.2929, 0.2071, 0.2071});
  expect_weights(2, 0xC, {1, 0});
  expect_weights(2, 0x104, {0.6667, 0.3333});
  expect_weights(8, 0xFF, {0.1464, 0.1464, 0.2071, 0, 0.1036, 0.1036, 0.1464, 0.1464});
  expect_weights(1, 0x8, {1});
}

TEST(ChannelWeights, OfAMaskThatDoesNotFitAreTheUsual) {
  EXPECT_EQ(channel_weights(2, 0x3F), channel_weights(2, 0));
  EXPECT_EQ(channel_weights(6, 0x3), channel_weights(6, 0));
}

TEST(ChannelWeights, AreNotGuessed) {
  EXPECT_FALSE(channel_weights(9, 0));
  EXPECT_FALSE(channel_weights(65535, 0xFFFFFFFF));
  EXPECT_FALSE(channel_weights(2, 0x600));  // no front
  EXPECT_FALSE(channel_weights(2, 0x5));    // left without right
  EXPECT_FALSE(channel_weights(3, 0x23));
}

}  // namespace
}  // namespace sotto::test

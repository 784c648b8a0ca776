#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

#include "core/base/float16.h"

namespace sotto {
namespace {

// IEEE 754's definition of binary16, spelled out.
double by_definition(std::uint16_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1.0 : 1.0;
  const int exponent = (bits >> 10U) & 0x1f;
  const double fraction = (bits & 0x3ffU) / 1024.0;
  if (exponent == 0) return sign * std::ldexp(fraction, -14);
  if (exponent == 31) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  return sign * std::ldexp(1.0 + fraction, exponent - 15);
}

TEST(Float16, WidensEveryBitPatternExactly) {
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> bulk(halves.size());
  float16_to_float32(halves, bulk);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const double expected = by_definition(halves[i]);
    const float single = float16_to_float32(halves[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(single) && std::isnan(bulk[i])) << i;
    } else {
      EXPECT_EQ(static_cast<double>(single), expected) << i;
      EXPECT_EQ(std::signbit(single), std::signbit(expected)) << i;
      EXPECT_EQ(std::bit_cast<std::uint32_t>(single), std::bit_cast<std::uint32_t>(bulk[i])) << i;
    }
  }
}

TEST(Float16, NarrowsBackWhatItWidened) {
  for (std::uint32_t i = 0; i < 65536; ++i) {
    const auto half = static_cast<std::uint16_t>(i);
    const float wide = float16_to_float32(half);
    if (std::isnan(wide)) continue;
    EXPECT_EQ(float32_to_float16(wide), half) << i;
  }
}

TEST(Float16, RoundsToNearestEven) {
  EXPECT_EQ(float32_to_float16(1.0F + 0x1p-11F), 0x3c00);             // halfway: down to even
  EXPECT_EQ(float32_to_float16(1.0F + 3 * 0x1p-11F), 0x3c02);         // halfway: up to even
  EXPECT_EQ(float32_to_float16(1.0F + 0x1p-11F + 0x1p-20F), 0x3c01);  // above halfway
  EXPECT_EQ(float32_to_float16(0x1p-25F), 0x0000);                    // half of the least subnormal
  EXPECT_EQ(float32_to_float16(0x1.8p-25F), 0x0001);
  EXPECT_EQ(float32_to_float16(65519.0F), 0x7bff);
  EXPECT_EQ(float32_to_float16(65520.0F), 0x7c00);
  EXPECT_EQ(float32_to_float16(-1e30F), 0xfc00);
}

TEST(BFloat16, IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(bfloat16_to_float32(0x3f80), 1.0F);
  EXPECT_EQ(bfloat16_to_float32(0xc049), -3.140625F);
}

TEST(BFloat16, IsRoundedToNearestEven) {
  EXPECT_EQ(float32_to_bfloat16(-3.140625F), 0xc049);
  EXPECT_EQ(float32_to_bfloat16(1.0F + 0x1p-8F), 0x3f80);             // halfway: down to even
  EXPECT_EQ(float32_to_bfloat16(1.0F + 3 * 0x1p-8F), 0x3f82);         // halfway: up to even
  EXPECT_EQ(float32_to_bfloat16(1.0F + 0x1p-8F + 0x1p-20F), 0x3f81);  // above halfway
  EXPECT_EQ(float32_to_bfloat16(-0x1p-149F), 0x8000);
  EXPECT_EQ(float32_to_bfloat16(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(float32_to_bfloat16(-std::numeric_limits<float>::infinity()), 0xff80);
  EXPECT_TRUE(
      std::isnan(bfloat16_to_float32(float32_to_bfloat16(std::bit_cast<float>(0x7f800001U)))));
}

}  // namespace
}  // namespace sotto

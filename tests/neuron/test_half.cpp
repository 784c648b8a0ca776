#include <bit>
#include <cmath>
#include <cstdint>
#include <gtest/gtest.h>
#include <random>

#include "core/base/float16.h"
#include "simulators/neuron_adapter/half.h"

namespace sotto::simulator {
namespace {

TEST(Half, IsWidenedExactly) {
  for (std::uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const auto half = static_cast<Half>(bits);
    const float expected = float16_to_float32(half);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(to_float(half))) << bits;
    } else {
      EXPECT_EQ(std::bit_cast<std::uint32_t>(to_float(half)),
                std::bit_cast<std::uint32_t>(expected))
          << bits;
    }
  }
}

TEST(Half, IsTheNearestAndTheEvenOfTwo) {
  std::mt19937 random(7);
  for (int i = 0; i < 2'000'000; ++i) {
    const float value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isnan(value)) continue;
    ASSERT_EQ(to_half(value), float32_to_float16(value)) << value;
  }
  // What lies between two halves, on either side of the middle and in it.
  for (std::uint32_t bits = 0; bits < 0x7BFFU; ++bits) {
    const float low = float16_to_float32(static_cast<Half>(bits));
    const float high = float16_to_float32(static_cast<Half>(bits + 1));
    const float middle = (low + high) / 2;
    for (const float value : {std::nextafter(middle, low), middle, std::nextafter(middle, high)}) {
      ASSERT_EQ(to_half(value), float32_to_float16(value)) << value;
      ASSERT_EQ(to_half(-value), float32_to_float16(-value)) << -value;
    }
  }
}

}  // namespace
}  // namespace sotto::simulator

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "run/mel/rate_converter.h"

namespace sotto::test {
namespace {

std::vector<double> tone(double hz, std::int64_t rate, std::size_t count) {
  std::vector<double> samples(count);
  for (std::size_t i = 0; i < count; ++i) {
    samples[i] =
        std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / static_cast<double>(rate));
  }
  return samples;
}

/// In pieces of `piece` samples.
std::vector<double> converted(const std::vector<double>& samples, std::int64_t rate,
                              std::size_t piece) {
  RateConverter<double> converter(std::make_shared<SincFilter<double>>(rate));
  std::vector<double> out;
  for (std::size_t at = 0; at < samples.size(); at += piece) {
    converter.convert(std::span(samples).subspan(at, std::min(piece, samples.size() - at)), out);
  }
  converter.finish(out);
  return out;
}

TEST(SincFilters, HaveTheLengthAndPlacesOfTheirRate) {
  const SincFilter<float> half(8000);
  EXPECT_EQ(half.taps(), 32U);
  EXPECT_EQ(half.places(), 2);
  EXPECT_EQ(half.step(), 1);
  const SincFilter<float> music(44100);
  EXPECT_EQ(music.taps(), 92U);  // 32 · 44.1 / (16 · 0.97), rounded up to even
  EXPECT_EQ(music.places(), 160);
  EXPECT_EQ(music.step(), 441);
  EXPECT_EQ(music.step_rest(), 0);
  const SincFilter<float> odd(15999);
  EXPECT_EQ(odd.places(), 1024);
  EXPECT_EQ(odd.step() * 16000 * odd.step_parts() + odd.step_rest() * 16000,
            std::int64_t{15999} * 1024 * odd.step_parts());
}

TEST(SincFilters, KeepASampleThatLiesOnOne) {
  SincFilter<double> filter(8000);
  std::vector<double> samples(32);
  samples[15] = 1;
  EXPECT_NEAR(filter.apply(samples.data(), 0, 0), 1, 1e-12);
  // libswresample's tap half a sample from the middle
  EXPECT_NEAR(filter.apply(samples.data(), 1, 0), 0.633987308, 1e-8);
}

TEST(RateConverters, KeepATone) {
  for (const std::int64_t rate : {1000, 8000, 11025, 15999, 22050, 44100, 48000, 96000, 384000}) {
    const std::vector<double> out =
        converted(tone(300, rate, static_cast<std::size_t>(rate)), rate, 1000);
    EXPECT_NEAR(static_cast<double>(out.size()), 16000, rate < 16000 ? 17 : 2) << rate;
    const std::vector<double> expected = tone(300, 16000, out.size());
    double worst = 0;  // away from the ends, where the filter sees what it mirrors
    for (std::size_t i = 600; i + 600 < out.size(); ++i) {
      worst = std::max(worst, std::abs(out[i] - expected[i]));
    }
    EXPECT_LT(worst, 1e-3) << rate;
  }
}

TEST(RateConverters, TakeAwayWhatCannotBeHeardAt16kHz) {
  for (const double hz : {9000.0, 12000.0, 20000.0}) {
    const std::vector<double> out = converted(tone(hz, 48000, 48000), 48000, 4096);
    double loudest = 0;
    for (std::size_t i = 100; i + 100 < out.size(); ++i) {
      loudest = std::max(loudest, std::abs(out[i]));
    }
    EXPECT_LT(loudest, 1e-3) << hz;  // −60 dB
  }
}

TEST(RateConverters, GiveTheSameInAnyPieces) {
  const std::vector<double> samples = tone(440, 44100, 5000);
  const std::vector<double> whole = converted(samples, 44100, samples.size());
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{7}, std::size_t{92}, std::size_t{93}, std::size_t{1000}}) {
    EXPECT_EQ(converted(samples, 44100, piece), whole) << piece;
  }
}

TEST(RateConverters, GiveNothingOfWhatIsMuchShorterThanTheFilter) {
  EXPECT_TRUE(converted(tone(440, 44100, 61), 44100, 10).empty());
  EXPECT_FALSE(converted(tone(440, 44100, 62), 44100, 10).empty());
}

}  // namespace
}  // namespace sotto::test

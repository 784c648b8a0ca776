#include <algorithm>
#include <cmath>
#include <complex>
#include <gtest/gtest.h>
#include <random>

#include "core/base/error.h"
#include "mel/wav_file.h"
#include "run/mel/mel.h"
#include "run/mel/mel_filters.h"
#include "run/mel/samples.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

std::vector<float> noise(std::size_t count) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> uniform(-0.3F, 0.3F);
  std::vector<float> samples(count);
  for (float& sample : samples) sample = uniform(random);
  return samples;
}

/// Power of one bin of the centred frame, straight from the definition of the Fourier transform.
double power_by_definition(const std::vector<float>& samples, int frame, int bin) {
  const auto size = static_cast<int>(samples.size());
  std::complex<double> sum = 0;
  for (int i = 0; i < 400; ++i) {
    int position = std::abs(160 * frame - 200 + i);
    if (position >= size) position = 2 * (size - 1) - position;
    const double angle = 2 * std::numbers::pi * i / 400;
    const double window = 0.5 - 0.5 * std::cos(angle);
    sum += window * samples[static_cast<std::size_t>(position)] * std::polar(1.0, -angle * bin);
  }
  return std::norm(sum);
}

TEST(MelFilters, HaveTheKnownWeights) {
  const std::vector<MelFilter> filters = slaney_mel_filters(80);
  ASSERT_EQ(filters.size(), 80U);
  EXPECT_EQ(filters[0].first_bin, 1U);
  EXPECT_NEAR(filters[0].weights.at(0), 0.02486259490251541, 1e-8);
  EXPECT_EQ(filters[40].first_bin, 42U);
  EXPECT_NEAR(filters[40].weights.at(1), 0.014735566452145576, 1e-8);
  EXPECT_EQ(filters[79].first_bin, 186U);
  EXPECT_EQ(filters[79].weights.size(), 14U);
  EXPECT_NEAR(filters[79].weights[0], 0.000366741674952209, 1e-8);
  EXPECT_NEAR(slaney_mel_filters(128)[127].weights.at(2), 0.002758648479357362, 1e-8);
}

TEST(MelFilters, WideOnesHaveUnitArea) {
  const std::vector<MelFilter> filters = slaney_mel_filters(80);
  for (std::size_t i = 60; i < filters.size(); ++i) {
    double area = 0;
    for (const float weight : filters[i].weights) area += 40.0 * weight;
    EXPECT_NEAR(area, 1, 0.02) << i;
  }
}

TEST(LogMel, IsItsDefinition) {
  const std::vector<float> samples = noise(1234);
  for (const std::int64_t bins : {80, 128}) {
    const Tensor mel = log_mel_spectrogram(samples, bins);
    ASSERT_EQ(mel.shape(), (Shape{bins, 7}));
    std::vector<double> expected;
    for (const MelFilter& filter : slaney_mel_filters(bins)) {
      for (int frame = 0; frame < 7; ++frame) {
        double energy = 0;
        for (std::size_t i = 0; i < filter.weights.size(); ++i) {
          const auto bin = static_cast<int>(filter.first_bin + i);
          energy += filter.weights[i] * power_by_definition(samples, frame, bin);
        }
        expected.push_back(std::log10(std::max(energy, 1e-10)));
      }
    }
    const double loudest = *std::max_element(expected.begin(), expected.end());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(mel.floats()[i], (std::max(expected[i], loudest - 8) + 4) / 4, 1e-6) << i;
    }
  }
}

TEST(LogMel, OfSilenceIsFlat) {
  const Tensor mel = log_mel_spectrogram(std::vector<float>(1600), 80);
  EXPECT_EQ(mel.shape(), (Shape{80, 10}));
  for (const float value : mel.floats()) EXPECT_EQ(value, -1.5F);
}

TEST(LogMel, ReachesEightDecadesDown) {
  std::vector<float> samples(3200);
  const std::vector<std::int16_t> tone = sine(1000, 16384, 16000, 1600);
  std::transform(tone.begin(), tone.end(), samples.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) / 32768; });
  const Tensor mel = log_mel_spectrogram(samples, 80);
  const auto [low, high] = std::minmax_element(mel.floats().begin(), mel.floats().end());
  EXPECT_FLOAT_EQ(*high - *low, 2.0F);
  // A sine of amplitude 1/2 on bin 25 of a Hann-windowed frame: |X| = 1/2 · 200 / 2.
  const auto frames = static_cast<std::size_t>(mel.shape()[1]);
  std::size_t peak = 0;
  for (std::size_t bin = 1; bin < 80; ++bin) {
    if (mel.floats()[bin * frames + 5] > mel.floats()[peak * frames + 5]) peak = bin;
  }
  const MelFilter filter = slaney_mel_filters(80)[peak];
  double energy = 0;  // the Hann window halves the two bins beside the peak
  for (std::size_t i = 0; i < filter.weights.size(); ++i) {
    const auto distance = std::abs(static_cast<int>(filter.first_bin + i) - 25);
    const double magnitude = distance == 0 ? 50 : distance == 1 ? 25 : 0;
    energy += filter.weights[i] * magnitude * magnitude;
  }
  EXPECT_NEAR(mel.floats()[peak * frames + 5], (std::log10(energy) + 4) / 4, 1e-4);
}

TEST(LogMel, TheShortestRecordingHas201Samples) {
  EXPECT_EQ(log_mel_spectrogram(noise(201), 80).shape(), (Shape{80, 1}));
  EXPECT_EQ(test::expect_error(ErrorKind::usage, "log-mel: ",
                               [] { static_cast<void>(log_mel_spectrogram(noise(200), 80)); }),
            "log-mel: expected at least 201 samples, found 200");
}

TEST(LogMel, RefusesOtherNumbersOfBins) {
  for (const std::int64_t bins : {-1, 0, 64, 81}) {
    try {
      static_cast<void>(log_mel_spectrogram(noise(1600), bins));
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    }
  }
}

TEST(WindowMel, IsTheMelOfTheRecordingAndSilence) {
  std::vector<float> samples = noise(5000);
  const Tensor window = window_mel(samples, 80, 100);
  EXPECT_EQ(window.shape(), (Shape{1, 80, 100}));
  samples.resize(16000);
  const Tensor mel = log_mel_spectrogram(samples, 80);
  EXPECT_TRUE(std::equal(window.floats().begin(), window.floats().end(), mel.floats().begin(),
                         mel.floats().end()));
}

TEST(WindowMel, TakesNoSamplesAndNotTooMany) {
  EXPECT_EQ(window_mel({}, 128, 3000).shape(), (Shape{1, 128, 3000}));
  EXPECT_THROW(static_cast<void>(window_mel(noise(16001), 80, 100)), Error);
}

}  // namespace
}  // namespace sotto::test

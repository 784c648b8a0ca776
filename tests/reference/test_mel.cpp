// Samples, filter banks and log-mel against openai/whisper, on recordings of several formats.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>

#include "media/decode_audio.h"
#include "reference/oracle_data.h"
#include "run/mel/mel.h"
#include "run/mel/mel_filters.h"

namespace sotto::test {
namespace {

constexpr double kLongest = 600;  // seconds

struct Difference {
  double max = 0;
  double mean = 0;
};

Difference difference(std::span<const float> found, std::span<const float> expected) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (found.size() != expected.size() || found.empty()) return {kInfinity, kInfinity};
  Difference result;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double distance = std::abs(static_cast<double>(found[i]) - expected[i]);
    result.max = std::max(result.max, std::isnan(distance) ? kInfinity : distance);
    result.mean += distance / static_cast<double>(found.size());
  }
  return result;
}

class Mel : public OracleTest {
 protected:
  void SetUp() override {
    OracleTest::SetUp();
    if (IsSkipped()) return;
    if (!std::filesystem::exists(oracle("mel/clips.json"))) {
      GTEST_SKIP() << "nothing was recorded of the reference's mel";
    }
    clips_ = read_json(oracle("mel/clips.json"))["clips"];
  }

  Tensor recorded(const std::string& clip, const std::string& what) const {
    return read_tensor(oracle("mel") / (clip + "." + what + ".npy"));
  }

  nlohmann::json clips_;
};

TEST_F(Mel, SamplesAreTheFfmpegProgramsBitForBit) {
  ASSERT_GE(clips_.size(), 10U);
  for (const auto& clip : clips_) {
    const auto name = clip["name"].get<std::string>();
    const std::vector<float> samples = decode_audio(oracle("mel/clips") / name, kLongest);
    const Tensor expected = recorded(name, "samples");
    EXPECT_TRUE(std::equal(samples.begin(), samples.end(), expected.floats().begin(),
                           expected.floats().end()))
        << name << ": " << difference(samples, expected.floats()).max;
  }
}

TEST_F(Mel, LogMelIsTheReferences) {
  for (const auto& clip : clips_) {
    const auto name = clip["name"].get<std::string>();
    const std::vector<float> samples = decode_audio(oracle("mel/clips") / name, kLongest);
    for (const std::int64_t bins : {80, 128}) {
      const Tensor expected = recorded(name, "mel" + std::to_string(bins));
      const Tensor mel = log_mel_spectrogram(samples, bins);
      ASSERT_EQ(mel.shape(), expected.shape()) << name;
      const Difference found = difference(mel.floats(), expected.floats());
      EXPECT_LE(found.max, clip["rate"] == kSampleRate ? 5e-5 : 1e-3) << name << ", " << bins;
      EXPECT_LE(found.mean, 1e-6) << name << ", " << bins;
      std::cout << name << ", " << bins << " bins: max " << found.max << ", mean " << found.mean
                << "\n";
    }
  }
}

TEST_F(Mel, FilterBanksAreTheReferences) {
  for (const std::int64_t bins : {80, 128}) {
    const Tensor expected = read_tensor(oracle("mel/filters" + std::to_string(bins) + ".npy"));
    ASSERT_EQ(expected.shape(), (Shape{bins, static_cast<std::int64_t>(kSpectrumBins)}));
    std::vector<float> dense(static_cast<std::size_t>(expected.size()));
    const std::vector<MelFilter> filters = slaney_mel_filters(bins);
    for (std::size_t i = 0; i < filters.size(); ++i) {
      std::copy(
          filters[i].weights.begin(), filters[i].weights.end(),
          dense.begin() + static_cast<std::ptrdiff_t>(i * kSpectrumBins + filters[i].first_bin));
    }
    EXPECT_LE(difference(dense, expected.floats()).max, 1e-8) << bins;
  }
}

}  // namespace
}  // namespace sotto::test

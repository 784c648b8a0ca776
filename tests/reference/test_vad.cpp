// Speech detection against Silero VAD's own package, on what oracle_vad.py recorded of it.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "media/decode_audio.h"
#include "reference/oracle_data.h"
#include "run/vad/voice_activity.h"

namespace sotto::test {
namespace {

class Vad : public OracleTest {
 protected:
  void SetUp() override {
    OracleTest::SetUp();
    if (IsSkipped()) return;
    model_ = environment("SOTTO_VAD_MODEL");
    if (model_.empty()) GTEST_SKIP() << "SOTTO_VAD_MODEL is not set: no Silero VAD";
    if (!std::filesystem::exists(oracle("vad/clips.json"))) {
      GTEST_SKIP() << "nothing was recorded of Silero VAD";
    }
    const nlohmann::json recorded = read_json(oracle("vad/clips.json"));
    for (const auto& name : recorded["clips"]) {
      clips_.push_back(name.get<std::string>());
    }
    ASSERT_GE(clips_.size(), 10U);
  }

  [[nodiscard]] std::filesystem::path file(const std::string& clip, const std::string& end) const {
    return oracle("vad") / (clip + end);
  }

  std::filesystem::path model_;
  std::vector<std::string> clips_;
};

std::vector<float> probabilities_of(SileroNetwork& network, std::vector<float> samples) {
  constexpr std::size_t kChunk = SileroNetwork::kChunk;
  samples.resize((samples.size() + kChunk - 1) / kChunk * kChunk);
  network.reset();
  std::vector<float> probabilities;
  const std::span<const float> all = samples;
  constexpr std::size_t kBatch = SileroNetwork::kBatch * kChunk;
  for (std::size_t start = 0; start < all.size(); start += kBatch) {
    network.listen(all.subspan(start, std::min(kBatch, all.size() - start)), probabilities);
  }
  return probabilities;
}

TEST_F(Vad, ProbabilitiesAreThePackages) {
  SileroNetwork network(model_);
  double worst = 0;
  for (const std::string& clip : clips_) {
    const auto found = probabilities_of(network, decode_audio(file(clip, ".wav"), 600));
    const Tensor expected = read_tensor(file(clip, ".probabilities.npy"));
    ASSERT_EQ(static_cast<std::int64_t>(found.size()), expected.size()) << clip;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const double distance = std::abs(static_cast<double>(found[i]) - expected.floats()[i]);
      EXPECT_LE(distance, 1e-4) << clip << ", chunk " << i;
      worst = std::max(worst, distance);
    }
  }
  std::cout << "largest difference of a probability: " << worst << "\n";
}

TEST_F(Vad, SpansAreThePackages) {
  SileroNetwork network(model_);
  std::size_t spans = 0;
  for (const std::string& clip : clips_) {
    MediaStream stream(file(clip, ".wav"));
    std::vector<std::int32_t> found;
    for (const SpeechSpan& span : speech_spans(stream, network)) {
      found.insert(found.end(),
                   {static_cast<std::int32_t>(span.first), static_cast<std::int32_t>(span.last)});
      ++spans;
    }
    const auto recorded = file(clip, ".spans.npy");
    const bool any = std::filesystem::exists(recorded);
    EXPECT_EQ(found, any ? read_integers(recorded) : std::vector<std::int32_t>{}) << clip;
  }
  EXPECT_GE(spans, 20U);
}

}  // namespace
}  // namespace sotto::test

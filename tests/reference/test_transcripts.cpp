// Whole transcripts against openai/whisper's at temperature 0: decoding is Whisper's, token for
// token, or the reference itself was undecided where the two part.
#include <iostream>

#include "core/base/error.h"
#include "reference/case_options.h"
#include "reference/exported.h"
#include "reference/oracle_data.h"
#include "reference/recorded_transcript.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/transcriber.h"

namespace sotto::test {
namespace {

// Where two of the reference's own choices lie this close, rounding may decide between them.
constexpr double kUndecided = 1e-3;

class Transcripts : public ModelTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    const std::filesystem::path group = oracle("transcripts") / (GetParam() + ".json");
    if (!std::filesystem::exists(group)) {
      GTEST_SKIP() << "nothing was recorded of the group " << GetParam();
    }
    recorded_ = read_json(group);
  }

  [[nodiscard]] const nlohmann::json& cases() const { return recorded_.at("cases"); }

  [[nodiscard]] Model model() const {
    return load_model(checkpoint_of(recorded_.at("model")), {.backend = "cpu"});
  }

  [[nodiscard]] Transcript transcribed(Transcriber& transcriber, const nlohmann::json& one) const {
    const std::string clip = one.at("clip");
    return transcriber.transcribe(oracle("transcripts/clips") / clip, options_of(one["options"]));
  }

 private:
  nlohmann::json recorded_;
};

TEST_P(Transcripts, AreTheReferences) {
  Model model = this->model();
  Transcriber transcriber(model);
  std::size_t equal = 0;
  std::size_t explained = 0;
  for (const nlohmann::json& one : cases()) {
    const auto place = departure(transcribed(transcriber, one), one);
    if (!place) {
      ++equal;
      continue;
    }
    const double margin = margin_at(one, *place);
    const std::string what = concat(one["clip"].get<std::string>(), " ", one["options"].dump(),
                                    ": ", place->what, "; the reference's margin is ", margin);
    if (margin < kUndecided) {
      ++explained;
      std::cout << what << "\n";
    } else {
      ADD_FAILURE() << what;
    }
  }
  std::cout << GetParam() << ": " << equal << " of " << cases().size() << " transcripts equal, "
            << explained << " explained, " << cases().size() - equal - explained << " different\n";
}

INSTANTIATE_TEST_SUITE_P(Groups, Transcripts,
                         ::testing::Values("base_clips", "base_greedy", "base_beam", "base_long",
                                           "base_story", "demo_greedy", "demo_beam", "demo_long",
                                           "demo_windows", "tiny_greedy", "tiny_beam", "tiny_long"),
                         [](const auto& info) { return info.param; });

// What openai/whisper made of three recordings on another machine, its options as they are.
class RecordedTranscripts : public ModelTest {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    shared_ = environment("SOTTO_SHARED");
    if (shared_.empty()) GTEST_SKIP() << "SOTTO_SHARED is not set: no recorded transcripts";
    if (!std::filesystem::exists(base())) GTEST_SKIP() << "no checkpoint of base";
  }

  [[nodiscard]] std::filesystem::path base() const { return checkpoint_of("base"); }

  void expect_recorded(const std::filesystem::path& path, std::string_view backend,
                       DecoderKind decoder = DecoderKind::automatic) const {
    Model model = load_model(path, {.backend = std::string(backend), .decoder = decoder});
    Transcriber transcriber(model);
    for (const char* clip : {"test_en", "test_zh", "jfk"}) {
      const auto recorded =
          read_json(shared_ / "seed/outputs" / concat("baseline_", clip, ".json"));
      const std::string file = recorded.at("audio_file");
      TranscribeOptions options;
      options.language = recorded.at("language_specified").get<std::string>();
      const Transcript found = transcriber.transcribe(shared_ / "clips" / file, options);
      EXPECT_EQ(found.text, recorded.at("text").get<std::string>()) << file;
      const auto place = segments_departure(found.segments, recorded.at("segments"));
      EXPECT_FALSE(place) << file << ": " << place->what;
    }
  }

 private:
  std::filesystem::path shared_;
};

TEST_F(RecordedTranscripts, CpuFromTheCheckpointFindsThem) { expect_recorded(base(), "cpu"); }

TEST_F(RecordedTranscripts, TorchscriptFromTheBundleFindsThem) {
  if (!has_torchscript()) GTEST_SKIP() << "this build has no torchscript back end";
  const Exported exported(base());
  expect_recorded(exported.bundle(), "torchscript");
}

TEST_F(RecordedTranscripts, LitertFromTheBundleFindsThem) {
  if (const auto absence = litert_absence(); !absence.empty()) GTEST_SKIP() << absence;
  const Exported exported(base(), in_tflite());
  expect_recorded(exported.bundle(), "litert", DecoderKind::full);
  expect_recorded(exported.bundle(), "litert", DecoderKind::kv);
}

// People who read aloud. The cpu back end's transcripts are the reference's (above).
class LitertTranscripts : public ModelTest, public ::testing::WithParamInterface<DecoderKind> {};

TEST_P(LitertTranscripts, OfLibrivoxAreThoseOfTheCheckpoint) {
  if (const auto absence = litert_absence(); !absence.empty()) GTEST_SKIP() << absence;
  const std::filesystem::path base = checkpoint_of("base");
  if (!std::filesystem::exists(base)) GTEST_SKIP() << "no checkpoint of base";
  const Exported exported(base, in_tflite());
  Model unsplit = load_model(base, {.backend = "cpu"});
  Model litert = load_model(exported.bundle(), {.backend = "litert", .decoder = GetParam()});
  Transcriber expected(unsplit), found(litert);
  for (const char* number : {"0870", "0880", "0890", "0920", "0930"}) {
    const auto clip =
        oracle("tokens/clips") / concat("sense_and_sensibility_01_austen_64kb-", number, ".wav");
    const Transcript left = expected.transcribe(clip, {}), right = found.transcribe(clip, {});
    EXPECT_EQ(right.text, left.text);
    ASSERT_EQ(right.segments.size(), left.segments.size()) << number;
    for (std::size_t i = 0; i < left.segments.size(); ++i) {
      EXPECT_EQ(right.segments[i].tokens, left.segments[i].tokens) << number;
      EXPECT_EQ(right.segments[i].start, left.segments[i].start);
      EXPECT_EQ(right.segments[i].end, left.segments[i].end);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Decoders, LitertTranscripts,
                         ::testing::Values(DecoderKind::full, DecoderKind::kv),
                         [](const auto& info) {
                           return info.param == DecoderKind::kv ? std::string("kv")
                                                                : std::string("full");
                         });

}  // namespace
}  // namespace sotto::test

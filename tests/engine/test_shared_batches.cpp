#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/input_file.h"
#include "core/base/jobs.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/file_transcriber.h"
#include "support/expect_error.h"
#include "support/expect_transcript.h"

// The committed model over the windows of several recordings at once: each says what it says by
// itself, bit for bit where sums do not depend on how many rows there are.

namespace sotto::test {
namespace {

constexpr std::int64_t kWindows = 4;

class SharedBatches : public testing::TestWithParam<Precision> {
 protected:
  SharedBatches() {
    ModelOptions how;
    how.backend_options.precision = GetParam();
    model_.emplace(load_model("assets/demo/demo.pt", how));
    options_.batch = kWindows;
    options_.transcription.language = "en";
    options_.transcription.temperatures = {0};
  }

  /// Recordings, each with its clips and an observer of its own, are transcribed by this many.
  std::vector<std::optional<Transcript>> transcribe(const std::vector<std::string>& names,
                                                    std::size_t threads) {
    FileTranscriber first(*model_, options_);
    std::vector<std::optional<Transcript>> transcripts(names.size());
    std::vector<std::function<void()>> jobs;
    for (std::size_t i = 0; i < names.size(); ++i) {
      jobs.emplace_back([&, i] {
        FileTranscriber transcriber = first.beside();
        try {
          transcripts[i] = transcriber.transcribe(InputFile::open(names[i]));
        } catch (const Error&) {
          transcripts[i].reset();
        }
      });
    }
    run_jobs(jobs, threads);
    return transcripts;
  }

  void expect_as_alone() {
    const std::string clips = "assets/demo/clips/";
    const std::vector<std::string> names{clips + "demo_en.wav",   clips + "demo_long.wav",
                                         "assets/demo/demo.pt",   clips + "demo_zh.wav",
                                         clips + "demo_long.wav", clips + "demo_en.wav"};
    // Float32 products of more than eight rows are another kernel's.
    const double error = GetParam() == Precision::f32 ? 1e-4 : 0;
    const auto alone = transcribe(names, 1), together = transcribe(names, names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      SCOPED_TRACE(testing::Message() << i << ", " << names[i]);
      ASSERT_EQ(together[i].has_value(), alone[i].has_value());
      EXPECT_EQ(alone[i].has_value(), !names[i].ends_with(".pt"));
      if (!alone[i]) continue;
      EXPECT_FALSE(alone[i]->text.empty());
      expect_transcript(*together[i], *alone[i], error);
    }
  }

  std::optional<Model> model_;
  FileTranscriberOptions options_;
};

INSTANTIATE_TEST_SUITE_P(, SharedBatches, testing::Values(Precision::f32, Precision::automatic),
                         [](const auto& test) {
                           return test.param == Precision::f32 ? "f32" : "automatic";
                         });

TEST_P(SharedBatches, SayWhatRecordingsSayAlone) { expect_as_alone(); }

TEST_P(SharedBatches, HearTheClipsOfEach) {
  options_.transcription.clip_timestamps = {0, 2, 2, 3.5, 1, 3};
  expect_as_alone();
}

TEST_P(SharedBatches, SearchBeamsOfEach) {
  options_.transcription.decoding.beam_size = 3;
  expect_as_alone();
}

/// No result passes, so every window is drawn at each temperature.
TEST_P(SharedBatches, DrawTheSameForEach) {
  options_.transcription.language.reset();
  options_.transcription.temperatures = {0, 0.5, 1};
  options_.transcription.decoding.best_of = 3;
  options_.transcription.logprob_threshold = 0;
  options_.transcription.no_speech_threshold.reset();
  expect_as_alone();
}

TEST_P(SharedBatches, AreOfWindowsSideBySide) {
  options_.batch = 0;
  const FileTranscriber one(*model_, options_);
  expect_error(ErrorKind::internal, "nothing is decoded beside",
               [&] { static_cast<void>(one.beside()); });
}

}  // namespace
}  // namespace sotto::test

// The timing of words against openai/whisper on many clips, on both back ends: each window's
// segments as they were before it, and its words after it.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "reference/exported.h"
#include "reference/oracle_data.h"
#include "run/decoding/attention_map.h"
#include "run/decoding/dtw.h"
#include "run/decoding/transcribe_options.h"
#include "run/decoding/word_timing.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/model_windows.h"
#include "run/transcriber/open_recording.h"

namespace sotto::test {
namespace {

constexpr double kPlace = 0.02;        // seconds
constexpr double kProbability = 1e-3;  // in which a word may differ
constexpr double kHundredth = 0.005;   // times nearer than that are the same hundredth

struct RecordedRun {
  std::string model;
  std::optional<AlignmentHeads> heads;
  nlohmann::json clips;
};

struct Tally {
  std::size_t words = 0, equal_words = 0, windows = 0;
  double largest_time = 0, largest_probability = 0;

  void add(const Tally& window) {
    ++windows;
    words += window.words;
    equal_words += window.equal_words;
    largest_time = std::max(largest_time, window.largest_time);
    largest_probability = std::max(largest_probability, window.largest_probability);
  }
};

Segment segment_of(const nlohmann::json& recorded) {
  Segment segment;
  segment.seek = recorded.at("seek");
  segment.start = recorded.at("start");
  segment.end = recorded.at("end");
  segment.tokens = recorded.at("tokens").get<std::vector<TokenId>>();
  return segment;
}

void compare_word(const Word& found, const nlohmann::json& expected, Tally& tally) {
  EXPECT_EQ(found.word, expected.at("word").get<std::string>());
  const double time = std::max(std::abs(found.start - expected.at("start").get<double>()),
                               std::abs(found.end - expected.at("end").get<double>()));
  const double probability = std::abs(found.probability - expected.at("probability").get<double>());
  EXPECT_LE(time, kPlace + 1e-9) << found.word << " at " << found.start;
  EXPECT_LE(probability, kProbability) << found.word;
  ++tally.words;
  if (time < kHundredth) ++tally.equal_words;
  tally.largest_time = std::max(tally.largest_time, time);
  tally.largest_probability = std::max(tally.largest_probability, probability);
}

void compare_segment(const Segment& found, const nlohmann::json& expected, Tally& tally) {
  EXPECT_NEAR(found.start, expected.at("start").get<double>(), kPlace + 1e-9);
  EXPECT_NEAR(found.end, expected.at("end").get<double>(), kPlace + 1e-9);
  const nlohmann::json& words = expected.at("words");
  ASSERT_EQ(found.words->size(), words.size());
  for (std::size_t i = 0; i < words.size(); ++i) compare_word(found.words->at(i), words[i], tally);
}

TimedWindow window_of(const Model& model, const std::string& language,
                      const nlohmann::json& recorded) {
  const SpecialTokens& special = model.tokenizer().special();
  TimedWindow window;
  window.language = language;
  window.sot_sequence = {special.start_of_transcript, model.tokenizer().language_token(language),
                         special.transcribe};
  window.frames = recorded.at("frames");
  window.last_speech = recorded.at("last_speech");
  return window;
}

class Words : public ModelTest, public ::testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    if (!std::filesystem::exists(oracle("words/words.json"))) GTEST_SKIP() << "no recorded words";
    const nlohmann::json recorded = read_json(oracle("words/words.json"));
    for (const auto& run : recorded.at("runs")) {
      if (run.at("model") != GetParam()) continue;
      RecordedRun& kept = runs_.emplace_back();
      kept.model = run.at("model");
      if (!run.at("heads").is_null()) kept.heads = run.at("heads").get<AlignmentHeads>();
      kept.clips = run.at("clips");
    }
    if (runs_.empty()) GTEST_SKIP() << "nothing was recorded for the model " << GetParam();
  }

  void expect_equal_words(Model& model) const {
    for (const RecordedRun& run : runs_) {
      model.load_attention(run.heads);
      Tally tally;
      for (const auto& clip : run.clips) compare_clip(model, clip, tally);
      std::cout << run.model << (run.heads ? " with its own heads" : " with the default heads")
                << " on " << model.backend() << ": " << tally.equal_words << " of " << tally.words
                << " words in " << tally.windows << " windows at the same times, others up to "
                << tally.largest_time << " s away; probabilities within "
                << tally.largest_probability << "\n";
      EXPECT_GT(tally.words, 0U);
    }
  }

  void compare_clip(Model& model, const nlohmann::json& clip, Tally& tally) const {
    const std::string name = clip.at("clip");
    SCOPED_TRACE(name);
    Recording recording = open_recording(oracle("words/clips") / name, model.dims().n_mels);
    ModelWindows windows(model, recording);
    const TranscribeOptions defaults;
    for (const auto& recorded : clip.at("windows")) {
      DecoderSession& session = windows.encode(recorded.at("seek"), recorded.at("frames"));
      std::vector<Segment> segments;
      for (const auto& before : recorded.at("before")) segments.push_back(segment_of(before));
      add_word_timestamps(session, model.tokenizer(),
                          window_of(model, clip.at("language"), recorded),
                          {defaults.prepend_punctuations, defaults.append_punctuations}, segments);
      const auto& after = recorded.at("after");
      Tally own;
      for (std::size_t i = 0; i < segments.size(); ++i) compare_segment(segments[i], after[i], own);
      tally.add(own);
    }
  }

  const std::vector<RecordedRun>& runs() const { return runs_; }

 private:
  std::vector<RecordedRun> runs_;
};

TEST_P(Words, OfCpuFromTheCheckpointAreTheReferences) {
  Model model = load_model(checkpoint_of(GetParam()), {.backend = "cpu"});
  expect_equal_words(model);
}

TEST_P(Words, OfTorchscriptFromTheBundleAreTheReferences) {
  if (!has_torchscript()) GTEST_SKIP() << "this build has no torchscript back end";
  ExportOptions options;
  options.name = GetParam();
  options.alignment = true;
  const Exported exported(checkpoint_of(GetParam()), options);
  Model model = load_model(exported.bundle(), {.backend = "torchscript"});
  expect_equal_words(model);
}

// Where a word's time is wrong: in the attention, or in what is made of it.
TEST_P(Words, OfTheFirstWindowComeFromTheReferencesAttention) {
  if (GetParam() != "base") GTEST_SKIP() << "the matrix was recorded with base";
  const Tensor expected = read_tensor(oracle("words/matrix.npy"));
  const auto path = read_integers(oracle("words/path.npy"));
  const RecordedRun& run = runs().front();
  const nlohmann::json& clip = run.clips.front();
  const nlohmann::json& recorded = clip.at("windows").at(0);
  Model model = load_model(checkpoint_of("base"), {.backend = "cpu"});
  model.load_attention(run.heads);
  Recording recording = open_recording(oracle("words/clips") / clip.at("clip").get<std::string>(),
                                       model.dims().n_mels);
  ModelWindows windows(model, recording);
  DecoderSession& session = windows.encode(recorded.at("seek"), recorded.at("frames"));

  const TimedWindow window = window_of(model, clip.at("language"), recorded);
  const SpecialTokens& special = model.tokenizer().special();
  std::vector<TokenId> tokens = window.sot_sequence;
  tokens.push_back(special.no_timestamps);
  for (const auto& before : recorded.at("before")) {
    const Segment segment = segment_of(before);
    std::copy_if(segment.tokens.begin(), segment.tokens.end(), std::back_inserter(tokens),
                 [&](TokenId token) { return token < special.end_of_text; });
  }
  tokens.push_back(special.end_of_text);
  const AttentionMap map = attention_map(session.attention_scores(tokens), window.frames / 2);

  const std::int64_t rows = expected.shape().at(0);
  ASSERT_EQ(rows, map.tokens - static_cast<std::int64_t>(window.sot_sequence.size()) - 1);
  ASSERT_EQ(expected.shape().at(1), map.places);
  const auto first = window.sot_sequence.size() * static_cast<std::size_t>(map.places);
  const auto found =
      std::span(map.values).subspan(first, static_cast<std::size_t>(rows * map.places));
  const double difference = relative_difference(found, expected.floats());
  std::cout << "attention of " << rows << " tokens at " << map.places
            << " places: relative difference " << difference << "\n";
  EXPECT_LE(difference, 1e-3);

  std::vector<double> costs;
  for (const float value : expected.floats()) costs.push_back(-static_cast<double>(value));
  const WarpingPath warped = warp_time(costs, rows, map.places);
  std::vector<std::int32_t> steps(warped.rows.begin(), warped.rows.end());
  steps.insert(steps.end(), warped.columns.begin(), warped.columns.end());
  EXPECT_EQ(steps, path);
}

INSTANTIATE_TEST_SUITE_P(Models, Words, ::testing::Values("base", "demo"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace sotto::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <vector>

#include "core/base/error.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/open_recording.h"
#include "run/transcriber/transcriber.h"
#include "support/expect_error.h"

// The committed model over several windows at once: what it says of each alone, words and all.

namespace sotto::test {
namespace {

class BatchWindowsTest : public testing::Test {
 protected:
  Model load(DecoderKind decoder = DecoderKind::automatic) {
    ModelOptions how;
    how.decoder = decoder;
    return load_model("assets/demo/demo.pt", how);
  }
  static Recording recording(const Model& model) {
    return open_recording("assets/demo/clips/demo_long.wav", model.dims().n_mels);
  }

  /// Clips that begin and end anywhere, of which one takes several windows and two overlap.
  static TranscribeOptions options() {
    TranscribeOptions options;
    options.language = "en";
    options.temperatures = {0};
    options.condition_on_previous_text = false;
    options.clip_timestamps = {0, 4, 4, 9.5, 9.5, 11, 12, 19.5, 3, 8};
    return options;
  }

  static void expect_equal(const Transcript& found, const Transcript& expected) {
    EXPECT_FALSE(expected.text.empty());
    EXPECT_EQ(found.text, expected.text);
    ASSERT_EQ(found.segments.size(), expected.segments.size());
    for (std::size_t i = 0; i < found.segments.size(); ++i) {
      const Segment &one = found.segments[i], &other = expected.segments[i];
      EXPECT_EQ(one.tokens, other.tokens);
      EXPECT_EQ(one.start, other.start);
      EXPECT_EQ(one.end, other.end);
      EXPECT_NEAR(one.avg_logprob, other.avg_logprob, 1e-4);
      EXPECT_NEAR(one.no_speech_prob, other.no_speech_prob, 1e-4);
    }
  }
};

TEST_F(BatchWindowsTest, SayWhatTheySayAlone) {
  Model model = load();
  Transcriber transcriber(model);
  for (const bool has_beams : {false, true}) {
    TranscribeOptions how = options();
    if (has_beams) how.decoding.beam_size = 3;
    Recording alone = recording(model);
    const Transcript expected = transcriber.transcribe(alone, how);
    for (const std::size_t windows : {1U, 2U, 5U}) {
      Recording together = recording(model);
      ModelBatch batch(model, windows);
      ModelShare share(batch);
      expect_equal(transcriber.transcribe_in_batches(together, how, share), expected);
      EXPECT_GT(transcriber.times().encode_time, 0);
    }
  }
}

TEST_F(BatchWindowsTest, TimeWords) {
  Model model = load();
  static_cast<void>(model.load_attention());
  Transcriber transcriber(model);
  TranscribeOptions how = options();
  how.word_timestamps = true;
  how.clip_timestamps = {0, 4, 4, 9.5};
  const auto in_batches = [&](std::size_t windows) {
    Recording audio = recording(model);
    ModelBatch batch(model, windows);
    ModelShare share(batch);
    return transcriber.transcribe_in_batches(audio, how, share);
  };
  const Transcript expected = in_batches(1);
  const Transcript found = in_batches(2);
  expect_equal(found, expected);
  for (std::size_t i = 0; i < found.segments.size(); ++i) {
    const auto &words = *found.segments[i].words, &others = *expected.segments[i].words;
    ASSERT_EQ(words.size(), others.size());
    for (std::size_t word = 0; word < words.size(); ++word) {
      EXPECT_EQ(words[word].word, others[word].word);
      EXPECT_EQ(words[word].start, others[word].start);
      EXPECT_EQ(words[word].end, others[word].end);
    }
  }
}

TEST_F(BatchWindowsTest, WantADecoderThatKeepsState) {
  Model model = load(DecoderKind::full);
  expect_error(ErrorKind::unavailable, "batch: expected the decoder over a cache, which decoder",
               [&] { const ModelBatch batch(model, 2); });
}

}  // namespace
}  // namespace sotto::test

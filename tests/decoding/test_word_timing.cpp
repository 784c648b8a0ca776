// add_word_timestamps() against what openai/whisper's gives for the same attention and logits.
#include <cstdint>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "decoding/vocabulary_test.h"
#include "run/decoding/transcribe_options.h"
#include "run/decoding/word_timing.h"

namespace sotto {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::FieldsAre;
using testing::IsEmpty;
using Tokens = std::vector<TokenId>;

constexpr std::int64_t kPlaces = 1500;
constexpr std::size_t kStart = 3;  // tokens before the no-timestamps token

/// A decoder that is told which places each token attends to: [edges[k], edges[k + 1]) for the k-th
/// after the start. It gives the right next token at position p the logit 10 + p, and token 50000
/// the logit 13.
class AttentiveSession : public DecoderSession {
 public:
  AttentiveSession(std::vector<std::size_t> edges, std::int64_t n_vocab)
      : edges_(std::move(edges)), n_vocab_(static_cast<std::size_t>(n_vocab)) {}

  [[nodiscard]] std::int64_t context() const override { return 64; }

  std::span<const float> prefill(std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions) override {
    logits_.assign(positions.size() * n_vocab_, -100.0F);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      logits_[i * n_vocab_ + 50000] = 13.0F;
      const auto next = static_cast<std::size_t>(tokens[positions[i] + 1]);
      logits_[i * n_vocab_ + next] = 10.0F + static_cast<float>(positions[i]);
    }
    return logits_;
  }

  void reorder(std::span<const std::size_t> /*sources*/) override {}
  std::span<const float> step(std::span<const TokenId> /*tokens*/) override { return {}; }

  AttentionScores attention_scores(std::span<const TokenId> tokens) override {
    asked = {tokens.begin(), tokens.end()};
    scores_.assign(tokens.size() * kPlaces, 0.0F);
    for (std::size_t k = 0; k + 1 < edges_.size() && kStart + k < tokens.size(); ++k) {
      for (std::size_t place = edges_[k]; place < edges_[k + 1]; ++place) {
        scores_[(kStart + k) * kPlaces + place] = 8.0F;
      }
    }
    return {1, static_cast<std::int64_t>(tokens.size()), kPlaces, scores_};
  }

  Tokens asked;

 private:
  std::vector<std::size_t> edges_;
  std::size_t n_vocab_;
  std::vector<float> logits_, scores_;
};

Segment segment(double start, double end, Tokens text) {
  Segment made;
  made.start = start;
  made.end = end;
  if (text.empty()) return made;
  const auto timestamp = [](double time) { return 50364 + static_cast<TokenId>(time * 50); };
  text.insert(text.begin(), timestamp(start));
  text.push_back(timestamp(end));
  made.tokens = std::move(text);
  return made;
}

auto word(std::string_view text, double start, double end, double probability) {
  return FieldsAre(std::string(text), DoubleNear(start, 1e-12), DoubleNear(end, 1e-12),
                   DoubleNear(probability, 1e-6));
}

class WordTimestamps : public test::VocabularyTest {
 protected:
  /// `edges` are the places at which the attention goes from one token to the next.
  std::vector<Segment> timed(std::vector<Segment> segments, std::vector<std::size_t> edges,
                             TimedWindow window) const {
    window.sot_sequence = {50258, 50259, 50359};
    window.language = "en";
    const TranscribeOptions defaults;
    AttentiveSession session(std::move(edges), multilingual().n_vocab());
    add_word_timestamps(session, multilingual(), window,
                        {defaults.prepend_punctuations, defaults.append_punctuations}, segments);
    return segments;
  }

  static TimedWindow frames(std::int64_t count, double last_speech = 0) {
    TimedWindow window;
    window.frames = count;
    window.last_speech = last_speech;
    return window;
  }
};

const Tokens kHelloWorld{2425, 1002, 11, 309, 27805, 13};  // " Hello world, it rains."
const Tokens kOneTwoThreeFour{1485, 732, 1045, 1451};      // " One two three four"
const Tokens kOneTwoThenThreeFour{1485, 732, 13, 6244, 1451};

TEST_F(WordTimestamps, AreWhereTheAttentionIs) {
  const auto found =
      timed({segment(0, 3, kHelloWorld)}, {0, 20, 45, 60, 80, 100, 150}, frames(300));
  EXPECT_EQ(found[0].start, 0.0);
  EXPECT_EQ(found[0].end, 2.0);
  EXPECT_THAT(*found[0].words,
              ElementsAre(word(" Hello", 0.0, 0.4, 0.5), word(" world,", 0.4, 0.9, 0.731059),
                          word(" it", 1.2, 1.6, 0.952574), word(" rains.", 1.6, 2.0, 0.982014)));
}

TEST_F(WordTimestamps, GoToTheirSegmentsAndCountFromTheRecordingsStart) {
  std::vector<Segment> segments{segment(1, 2, {1485, 732, 13}), segment(2, 4, {6244, 1451, 13}),
                                segment(4, 4, {}), segment(4, 6, {9436})};
  for (Segment& one : segments) one.seek = 1234;
  const auto found = timed(segments, {50, 70, 90, 95, 130, 170, 180, 250, 300}, frames(3000, 12.0));
  EXPECT_THAT(*found[0].words,
              ElementsAre(word(" One", 12.34, 13.74, 0.5), word(" two.", 13.74, 14.14, 0.731059)));
  EXPECT_THAT(*found[1].words, ElementsAre(word(" Three", 14.24, 14.94, 0.952574),
                                           word(" four.", 14.94, 15.74, 0.982014)));
  EXPECT_THAT(*found[2].words, IsEmpty());
  EXPECT_THAT(*found[3].words, ElementsAre(word(" Five", 15.94, 17.34, 0.997527)));
  EXPECT_EQ(found[2].start, 4.0);
  EXPECT_EQ(found[2].end, 4.0);
  EXPECT_EQ(found[3].start, 15.94);
  EXPECT_EQ(found[3].end, 17.34);
}

TEST_F(WordTimestamps, DoNotTakeUpThePauseBeforeThem) {
  const auto first =
      timed({segment(10, 12, kOneTwoThreeFour)}, {300, 310, 580, 595, 610}, frames(1300));
  EXPECT_THAT(
      *first[0].words,
      ElementsAre(word(" One", 9.5, 10.2, 0.5), word(" two", 10.2, 11.6, 0.731059),
                  word(" three", 11.6, 11.9, 0.880797), word(" four", 11.9, 12.2, 0.952574)));
  EXPECT_EQ(first[0].start, 10.0);
  const auto both =
      timed({segment(10, 12, kOneTwoThreeFour)}, {200, 450, 620, 635, 650}, frames(1300));
  EXPECT_THAT(
      *both[0].words,
      ElementsAre(word(" One", 9.6, 11.0, 0.5), word(" two", 11.0, 12.4, 0.731059),
                  word(" three", 12.4, 12.7, 0.880797), word(" four", 12.7, 12.98, 0.952574)));
  EXPECT_EQ(both[0].start, 9.6);
  EXPECT_EQ(both[0].end, 12.98);
}

TEST_F(WordTimestamps, AtTheSegmentsEdgesAreCutWhenTheyReachFarBeyond) {
  const auto start =
      timed({segment(4, 12, kOneTwoThreeFour)}, {10, 210, 225, 240, 255}, frames(600, 3.9));
  EXPECT_THAT(start[0].words->front(), word(" One", 3.9, 4.2, 0.5));
  EXPECT_EQ(start[0].start, 4.0);
  EXPECT_EQ(start[0].end, 5.1);
  const auto end = timed({segment(0, 3, kOneTwoThreeFour)}, {0, 15, 30, 45, 400}, frames(900));
  EXPECT_THAT(end[0].words->back(), word(" four", 0.9, 3.0, 0.952574));
  EXPECT_EQ(end[0].end, 3.0);
}

TEST_F(WordTimestamps, LeaveOutThePauseAtASentencesEnd) {
  const std::vector<std::vector<std::size_t>> pauses{
      {0, 15, 30, 145, 290, 305, 320},  // in the full stop and in the word behind it
      {0, 15, 30, 40, 290, 305, 320}};  // in that word alone
  for (const auto& edges : pauses) {
    const auto found = timed({segment(0, 9, kOneTwoThenThreeFour)}, edges, frames(900));
    EXPECT_THAT(*found[0].words,
                ElementsAre(word(" One", 0.0, 0.3, 0.5), word(" two.", 0.3, 0.6, 0.731059),
                            word(" Three", 5.2, 5.8, 0.952574), word(" four", 5.8, 6.1, 0.982014)));
  }
}

TEST_F(WordTimestamps, MergePunctuation) {
  const Tokens text{634, 848, 503, 2346, 1, 522, 20270, 573, 8, 359, 7699, 3043, 14189, 0};
  std::vector<std::size_t> edges;
  for (std::size_t i = 0; i < 20; ++i) edges.push_back(5 * i);
  const auto found = timed({segment(0, 3, text)}, edges, frames(300));
  EXPECT_THAT(
      *found[0].words,
      ElementsAre(word(" He", 0.0, 0.1, 0.5), word(" said", 0.1, 0.2, 0.731059),
                  word(" \"yes\"", 0.2, 0.4, 0.916686), word(" (twice)", 0.5, 0.8, 0.996641),
                  word(" - twenty", 1.0, 1.1, 0.999955), word(" percent", 1.1, 1.2, 0.999983),
                  word(" %!", 1.2, 1.3, 0.999994)));
}

TEST_F(WordTimestamps, AskForTheTextBetweenItsFramingTokens) {
  AttentiveSession session({0, 10, 20}, multilingual().n_vocab());
  std::vector<Segment> segments{segment(0, 1, {2425})};
  TimedWindow window = frames(100);
  window.sot_sequence = {50258, 50259, 50359};
  add_word_timestamps(session, multilingual(), window, {}, segments);
  EXPECT_THAT(session.asked, ElementsAre(50258, 50259, 50359, 50363, 2425, 50257));
}

TEST_F(WordTimestamps, OfAWindowOfOnePlaceAreAPlaceBeforeIt) {
  for (const std::int64_t count : {0, 1, 2, 3}) {
    Segment last = segment(5, 5.02, {1485, 732});
    last.seek = 500;
    const auto found = timed({last}, {0, 1, 2, 3}, frames(count, 4.5));
    EXPECT_THAT(*found[0].words,
                ElementsAre(word(" One", 4.98, 4.98, 0.5), word(" two", 4.98, 4.98, 0.731059)));
    EXPECT_EQ(found[0].start, 4.98);
    EXPECT_EQ(found[0].end, 4.98);
  }
}

TEST_F(WordTimestamps, AreNeverBeforeTheRecording) {
  for (const std::int64_t count : {0, 1, 2, 3}) {
    const auto found = timed({segment(0, 0.02, {1485, 732})}, {0, 1, 2, 3}, frames(count));
    EXPECT_THAT(*found[0].words,
                ElementsAre(word(" One", 0, 0, 0.5), word(" two", 0, 0, 0.731059)));
    EXPECT_EQ(found[0].start, 0.0);
    EXPECT_EQ(found[0].end, 0.0);
  }
}

TEST_F(WordTimestamps, OfTextThatTheContextCannotHoldAreNone) {
  // 3 + 1 + 59 + 1 tokens fill the context of 64.
  const auto fits = timed({segment(0, 9, Tokens(59, 1485))}, {0, 10}, frames(900));
  EXPECT_EQ(fits[0].words->size(), 59U);
  const auto found = timed({segment(0, 9, Tokens(60, 1485))}, {0, 10}, frames(900));
  EXPECT_THAT(*found[0].words, IsEmpty());
  EXPECT_EQ(found[0].end, 9.0);
}

TEST_F(WordTimestamps, OfNoTextAreNone) {
  EXPECT_TRUE(timed({}, {}, frames(900)).empty());
  const auto found = timed({segment(0, 3, {})}, {}, frames(900));
  EXPECT_THAT(*found[0].words, IsEmpty());
  EXPECT_EQ(found[0].end, 3.0);
}

}  // namespace
}  // namespace sotto

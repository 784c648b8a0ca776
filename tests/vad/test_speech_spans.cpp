#include <gtest/gtest.h>
#include <ostream>

#include "run/vad/speech_spans.h"

namespace sotto {

void PrintTo(const SpeechSpan& span, std::ostream* out) {
  *out << "[" << span.first << ", " << span.last << ")";
}

}  // namespace sotto

namespace sotto::test {
namespace {

using Spans = std::vector<SpeechSpan>;
constexpr std::int64_t kChunk = 512;

/// `count` chunks of 512 samples with the same probability.
struct Stretch {
  int count;
  float probability;
};

/// The spans of a recording of these chunks, the last of which lacks `missing` samples.
Spans spans_of(const std::vector<Stretch>& stretches, std::int64_t missing = 0) {
  SpeechSpanFinder finder;
  std::int64_t chunks = 0;
  for (const Stretch& stretch : stretches) {
    for (int i = 0; i < stretch.count; ++i) finder.add(stretch.probability);
    chunks += stretch.count;
  }
  return finder.finish(chunks * kChunk - missing);
}

TEST(SpeechSpans, OfSilenceAreNone) {
  EXPECT_EQ(spans_of({}), Spans{});
  EXPECT_EQ(spans_of({{100, 0.1F}}), Spans{});
  EXPECT_EQ(spans_of({{100, 0.49F}}), Spans{}) << "less than one half is no beginning";
}

TEST(SpeechSpans, GrowBy30MillisecondsOnEitherSide) {
  EXPECT_EQ(spans_of({{10, 0.1F}, {20, 0.9F}, {10, 0.1F}}),
            (Spans{{10 * kChunk - 480, 30 * kChunk + 480}}));
  EXPECT_EQ(spans_of({{10, 0.1F}, {20, 0.5F}, {10, 0.1F}}),
            (Spans{{10 * kChunk - 480, 30 * kChunk + 480}}));
}

TEST(SpeechSpans, StayInsideTheRecording) {
  EXPECT_EQ(spans_of({{20, 0.9F}}), (Spans{{0, 20 * kChunk}}));
  EXPECT_EQ(spans_of({{20, 0.9F}}, 300), (Spans{{0, 20 * kChunk - 300}}));
  EXPECT_EQ(spans_of({{20, 0.9F}, {2, 0.1F}}, 300), (Spans{{0, 22 * kChunk - 300}}));
}

TEST(SpeechSpans, DropWhatLastsAQuarterOfASecondOrLess) {
  EXPECT_EQ(spans_of({{10, 0.1F}, {7, 0.9F}, {10, 0.1F}}), Spans{});  // 224 ms
  EXPECT_EQ(spans_of({{10, 0.1F}, {8, 0.9F}, {10, 0.1F}}),            // 256 ms
            (Spans{{10 * kChunk - 480, 18 * kChunk + 480}}));
  EXPECT_EQ(spans_of({{10, 0.1F}, {8, 0.9F}}, 96), Spans{}) << "4000 samples at the end";
  EXPECT_EQ(spans_of({{10, 0.1F}, {8, 0.9F}}, 95), (Spans{{10 * kChunk - 480, 18 * kChunk - 95}}));
}

TEST(SpeechSpans, BridgeSilenceUnderATenthOfASecond) {
  // From the first quiet chunk it is 96 ms to the fourth and 128 ms to the fifth.
  EXPECT_EQ(spans_of({{10, 0.9F}, {4, 0.1F}, {10, 0.9F}}), (Spans{{0, 24 * kChunk}}));
  EXPECT_EQ(spans_of({{10, 0.9F}, {5, 0.1F}, {10, 0.9F}}),
            (Spans{{0, 10 * kChunk + 480}, {15 * kChunk - 480, 25 * kChunk}}));
}

TEST(SpeechSpans, GoOnWhileTheProbabilityIsBetweenTheThresholds) {
  EXPECT_EQ(spans_of({{10, 0.9F}, {50, 0.36F}, {10, 0.1F}}), (Spans{{0, 60 * kChunk + 480}}));
  // What lies between the thresholds neither ends speech nor takes back a silence that has begun.
  EXPECT_EQ(spans_of({{10, 0.9F}, {1, 0.1F}, {20, 0.4F}, {1, 0.1F}, {9, 0.4F}}),
            (Spans{{0, 10 * kChunk + 480}}));
  EXPECT_EQ(spans_of({{10, 0.9F}, {1, 0.1F}, {20, 0.4F}, {10, 0.9F}}), (Spans{{0, 41 * kChunk}}));
}

TEST(Clips, JoinSpansLessThanTwoSecondsApart) {
  const std::vector<AudioClip> clips = clips_of(
      {{8000, 16000}, {16000 + 31'999, 64'000}, {64'000 + 32'000, 112'000}, {320'000, 328'000}});
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_EQ(clips[0].start, 0.5);
  EXPECT_EQ(clips[0].end, 4);
  EXPECT_EQ(clips[1].start, 6);
  EXPECT_EQ(clips[1].end, 7);
  EXPECT_EQ(clips[2].start, 20);
  EXPECT_EQ(clips[2].end, 20.5);
  EXPECT_TRUE(clips_of({}).empty());
}

}  // namespace
}  // namespace sotto::test

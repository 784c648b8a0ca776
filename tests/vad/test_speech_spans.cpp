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

Spans short_spans_of(const std::vector<Stretch>& stretches, std::int64_t longest) {
  SpeechSpanFinder finder(longest);
  std::int64_t chunks = 0;
  for (const Stretch& stretch : stretches) {
    for (int i = 0; i < stretch.count; ++i) finder.add(stretch.probability);
    chunks += stretch.count;
  }
  return finder.finish(chunks * kChunk);
}

TEST(SpeechSpans, AreCutWhereAPauseIsLikeliest) {
  const std::int64_t longest = 100 * kChunk + 960;
  // A hesitation in the first half counts for nothing, the lowest of the second half does.
  const Spans spans = short_spans_of(
      {{10, 0.9F}, {2, 0.4F}, {50, 0.9F}, {1, 0.6F}, {10, 0.9F}, {1, 0.7F}, {80, 0.9F}}, longest);
  EXPECT_EQ(spans, (Spans{{0, 62 * kChunk}, {62 * kChunk, 154 * kChunk}}));
}

TEST(SpeechSpans, AreNoLongerThanWhatIsAskedFor) {
  const std::int64_t longest = 100 * kChunk + 960;
  for (const int count : {99, 100, 101, 150, 250, 1000}) {
    const Spans spans = short_spans_of({{10, 0.1F}, {count, 0.9F}, {10, 0.1F}}, longest);
    EXPECT_EQ(spans.size() > 1, count > 100) << count;
    EXPECT_EQ(spans.front().first, 10 * kChunk - 480);
    EXPECT_EQ(spans.back().last, (10 + count) * kChunk + 480);
    for (std::size_t i = 0; i < spans.size(); ++i) {
      EXPECT_LE(spans[i].last - spans[i].first, longest) << count;
      if (i == 0) continue;
      EXPECT_EQ(spans[i].first, spans[i - 1].last) << "nothing is lost";
    }
  }
}

TEST(SpeechSpans, StayAsTheyAreWhereTheyAreShort) {
  const std::vector<Stretch> stretches{{10, 0.1F}, {40, 0.9F}, {30, 0.1F}, {20, 0.8F}, {9, 0.2F}};
  EXPECT_EQ(short_spans_of(stretches, 100 * kChunk), spans_of(stretches));
}

TEST(PackedClips, HoldAsMuchSpeechAsFits) {
  constexpr std::int64_t kSecond = 16000;
  const Spans spans{{0, 10 * kSecond},
                    {12 * kSecond, 29 * kSecond},
                    {29 * kSecond + 8000, 31 * kSecond},
                    {60 * kSecond, 89 * kSecond},
                    {90 * kSecond, 91 * kSecond}};
  const auto clips = packed_clips(spans, 30 * kSecond);
  ASSERT_EQ(clips.size(), 4U);
  EXPECT_EQ(clips[0].start, 0);
  EXPECT_EQ(clips[0].end, 29);
  EXPECT_EQ(clips[1].start, 29.5);
  EXPECT_EQ(clips[1].end, 31);
  EXPECT_EQ(clips[2].end, 89);
  EXPECT_EQ(clips[3].start, 90);
  EXPECT_TRUE(packed_clips({}, 30 * kSecond).empty());
}

}  // namespace
}  // namespace sotto::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decoding/made_vocabulary.h"
#include "run/decoding/segments.h"

namespace sotto::test {
namespace {

using Tokens = std::vector<TokenId>;
using testing::ElementsAre;

TokenId at(double seconds) { return kTimestamp + static_cast<TokenId>(seconds * 50 + 0.5); }

/// A full window that begins at 10 s.
CutWindow cut(const Tokens& tokens, std::int64_t frames = 3000) {
  DecodeResult result;
  result.tokens = tokens;
  result.avg_logprob = -0.5;
  return cut_window(result, tokenizer(), {1000, frames});
}

TEST(CutWindow, PairsOfTimestampsPartSegments) {
  const CutWindow window = cut({at(0), 'a', at(2), at(2), 'b', at(5), at(5)});
  ASSERT_EQ(window.segments.size(), 2U);
  EXPECT_EQ(window.segments[0].start, 10);
  EXPECT_EQ(window.segments[0].end, 12);
  EXPECT_EQ(window.segments[0].text, "a");
  EXPECT_THAT(window.segments[0].tokens, ElementsAre(at(0), 'a', at(2)));
  EXPECT_EQ(window.segments[1].start, 12);
  EXPECT_EQ(window.segments[1].end, 15);
  EXPECT_EQ(window.segments[1].seek, 1000);
  EXPECT_EQ(window.segments[1].avg_logprob, -0.5);
  EXPECT_FALSE(window.ends_in_silence);
  EXPECT_EQ(window.next_seek, 1500);
}

TEST(CutWindow, TheUnfinishedRestIsHeardAgain) {
  const CutWindow window = cut({at(0), 'a', at(2), at(3), 'b', 'c'});
  ASSERT_EQ(window.segments.size(), 1U);
  EXPECT_EQ(window.next_seek, 1200);
}

TEST(CutWindow, OneTimestampAtTheEndMeansSilenceBehindIt) {
  const CutWindow window = cut({at(0), 'a', at(2), at(3), 'b', at(5)});
  ASSERT_EQ(window.segments.size(), 2U);
  EXPECT_EQ(window.segments[1].start, 13);
  EXPECT_EQ(window.segments[1].end, 15);
  EXPECT_TRUE(window.ends_in_silence);
  EXPECT_EQ(window.next_seek, 4000);
}

TEST(CutWindow, WithoutAPairTheWindowIsOneSegment) {
  const CutWindow window = cut({at(0), 'a', 'b', at(4)});
  ASSERT_EQ(window.segments.size(), 1U);
  EXPECT_EQ(window.segments[0].start, 10);
  EXPECT_EQ(window.segments[0].end, 14);
  EXPECT_EQ(window.next_seek, 4000);
}

TEST(CutWindow, WithoutTimestampsASegmentLastsAsLongAsTheSpeech) {
  const CutWindow window = cut({'a', 'b'}, 250);
  ASSERT_EQ(window.segments.size(), 1U);
  EXPECT_EQ(window.segments[0].end, 12.5);
  EXPECT_EQ(window.next_seek, 1250);
  EXPECT_EQ(cut({at(0), 'a'}, 250).segments[0].end, 12.5);
}

TEST(CutWindow, NothingSaidIsOneEmptySegment) {
  const CutWindow window = cut({});
  ASSERT_EQ(window.segments.size(), 1U);
  EXPECT_EQ(window.segments[0].text, "");
  EXPECT_EQ(window.next_seek, 4000);
}

TEST(SecondsOf, IsTheReferencesQuotient) {
  EXPECT_EQ(seconds_of(1), 0.01);
  EXPECT_EQ(seconds_of(1234), 12.34);
  EXPECT_EQ(seconds_of(360000), 3600);
}

}  // namespace
}  // namespace sotto::test

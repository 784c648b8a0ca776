#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "run/decoding/hallucination.h"

namespace sotto::test {
namespace {

/// A segment of one-second words; improbable and drawn-out ones look invented.
Segment segment(double start, double end, double probability = 0.9) {
  Segment made;
  made.start = start;
  made.end = end;
  made.text = "text";
  made.words.emplace();
  for (double at = start; at < end; at += 1) {
    made.words->push_back({" word", at, std::min(at + 1, end), probability});
  }
  return made;
}

Segment invented(double start, double end) { return segment(start, end, 0.01); }

/// The first window of a minute, 2 s of silence being suspect.
HallucinationContext context() { return {{0, 3000}, 3000, 6000, 0, 2.0, "\"'.,"}; }

CutWindow window(std::vector<Segment> segments) { return {std::move(segments), 3000, true}; }

TEST(DropHallucinations, LeavesWhatIsProbable) {
  CutWindow made = window({segment(1, 5), segment(6, 9)});
  EXPECT_TRUE(drop_hallucinations(context(), made));
  EXPECT_EQ(made.segments.size(), 2U);
  EXPECT_EQ(made.next_seek, 3000);
}

TEST(DropHallucinations, SkipsTheSilenceBeforeInventedText) {
  CutWindow made = window({invented(5, 9)});
  EXPECT_FALSE(drop_hallucinations(context(), made));
  EXPECT_EQ(made.next_seek, 500);
}

TEST(DropHallucinations, DropsInventedTextBetweenSilences) {
  CutWindow made = window({segment(0, 5), invented(10, 14), segment(20, 24)});
  EXPECT_TRUE(drop_hallucinations(context(), made));
  EXPECT_EQ(made.segments.size(), 1U);
  EXPECT_EQ(made.next_seek, 1000);
}

TEST(DropHallucinations, KeepsInventedLookingTextAmongSpeech) {
  CutWindow made = window({segment(0, 5), invented(6, 9), segment(10, 14)});
  EXPECT_TRUE(drop_hallucinations(context(), made));
  EXPECT_EQ(made.segments.size(), 3U);
}

TEST(DropHallucinations, AtTheEndOfTheRecordingNothingIsHeardAgain) {
  HallucinationContext at_end = context();
  at_end.content_frames = 1500;
  CutWindow made = window({segment(0, 5), invented(10, 14)});
  EXPECT_TRUE(drop_hallucinations(at_end, made));
  EXPECT_EQ(made.segments.size(), 1U);
  EXPECT_EQ(made.next_seek, 1500);
}

TEST(DropHallucinations, HearsALongRestAgain) {
  CutWindow made = window({segment(1, 5)});
  made.ends_in_silence = false;
  EXPECT_TRUE(drop_hallucinations(context(), made));
  EXPECT_EQ(made.next_seek, 500);
  CutWindow full = window({segment(1, 29)});
  full.ends_in_silence = false;
  EXPECT_TRUE(drop_hallucinations(context(), full));
  EXPECT_EQ(full.next_seek, 3000);
}

TEST(DropHallucinations, PunctuationIsNoWord) {
  Segment made = segment(10, 12);
  made.words = {{".", 10, 10.01, 0.01}, {",", 10, 10.01, 0.01}, {" word", 10, 11, 0.9}};
  CutWindow cut = window({made});
  EXPECT_TRUE(drop_hallucinations(context(), cut));
  EXPECT_EQ(cut.segments.size(), 1U);
}

TEST(EndOfSpeech, IsTheLastWords) {
  EXPECT_EQ(end_of_speech({}), std::nullopt);
  Segment silent = segment(0, 0);
  silent.end = 9;
  EXPECT_EQ(end_of_speech({segment(1, 5), silent}), 5);
  EXPECT_EQ(end_of_speech({silent}), 9);
  Segment without_words;
  without_words.end = 7;
  EXPECT_EQ(end_of_speech({without_words}), 7);
}

TEST(FrameAt, RoundsHalvesToEven) {
  EXPECT_EQ(frame_at(0.125), 12);
  EXPECT_EQ(frame_at(0.375), 38);
  EXPECT_EQ(frame_at(1.234), 123);
}

}  // namespace
}  // namespace sotto::test

#include <array>
#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "core/base/error.h"
#include "run/writers/writers.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

Segment said(double start, double end, const std::string& text) {
  Segment segment;
  segment.start = start;
  segment.end = end;
  segment.text = text;
  return segment;
}

Segment timed(const std::vector<Word>& words) {
  Segment segment;
  for (const Word& word : words) segment.text += word.word;
  segment.words = words;
  if (!words.empty()) segment.start = words.front().start;
  if (!words.empty()) segment.end = words.back().end;
  return segment;
}

Transcript two() {
  return {"", {said(0, 2.5, " Hello\tthere."), said(3599.9995, 3661.25, " a --> b ")}, "en"};
}

// Four words of which the last comes after a pause, and a segment of one.
Transcript five_words() {
  return {"",
          {timed({{" One", 0, 0.5, 1},
                  {" two,", 0.5, 1, 1},
                  {" three", 1.25, 2, 1},
                  {" four.", 6, 7, 1}}),
           timed({{" Five.", 7, 8, 1}})},
          "en"};
}

TEST(Writers, WriteText) {
  EXPECT_EQ(format_transcript(two(), OutputFormat::txt), "Hello\tthere.\na --> b\n");
}

TEST(Writers, WriteTables) {
  EXPECT_EQ(format_transcript(two(), OutputFormat::tsv),
            "start\tend\ttext\n0\t2500\tHello there.\n3600000\t3661250\ta --> b\n");
}

TEST(Writers, WriteSubtitlesOfSegments) {
  EXPECT_EQ(format_transcript(two(), OutputFormat::vtt),
            "WEBVTT\n\n00:00.000 --> 00:02.500\nHello\tthere.\n\n"
            "01:00:00.000 --> 01:01:01.250\na -> b\n\n");
  EXPECT_EQ(format_transcript(two(), OutputFormat::srt),
            "1\n00:00:00,000 --> 00:00:02,500\nHello\tthere.\n\n"
            "2\n01:00:00,000 --> 01:01:01,250\na -> b\n\n");
}

TEST(Writers, WriteWhatHoldsNothing) {
  const Transcript nothing{"", {}, "en"};
  EXPECT_EQ(format_transcript(nothing, OutputFormat::txt), "");
  EXPECT_EQ(format_transcript(nothing, OutputFormat::srt), "");
  EXPECT_EQ(format_transcript(nothing, OutputFormat::vtt), "WEBVTT\n\n");
  EXPECT_EQ(format_transcript(nothing, OutputFormat::tsv), "start\tend\ttext\n");
}

TEST(Writers, KeepSegmentsApartUntilBothLimitsAreGiven) {
  EXPECT_EQ(format_transcript(five_words(), OutputFormat::vtt),
            "WEBVTT\n\n00:00.000 --> 00:07.000\nOne two, three four.\n\n"
            "00:07.000 --> 00:08.000\nFive.\n\n");
  EXPECT_EQ(format_transcript(five_words(), OutputFormat::vtt, {8, {}, {}, false}),
            "WEBVTT\n\n00:00.000 --> 00:07.000\nOne two,\nthree\nfour.\n\n"
            "00:07.000 --> 00:08.000\nFive.\n\n");
}

TEST(Writers, LetSubtitlesSpanSegmentsAndEndAtPauses) {
  EXPECT_EQ(format_transcript(five_words(), OutputFormat::vtt, {20, 1, {}, false}),
            "WEBVTT\n\n00:00.000 --> 00:02.000\nOne two, three\n\n"
            "00:06.000 --> 00:08.000\nfour. Five.\n\n");
}

TEST(Writers, CountWordsOfALine) {
  EXPECT_EQ(format_transcript(five_words(), OutputFormat::vtt, {{}, {}, 3, false}),
            "WEBVTT\n\n00:00.000 --> 00:02.000\nOne two, three\n\n"
            "00:06.000 --> 00:07.000\nfour.\n\n00:07.000 --> 00:08.000\nFive.\n\n");
}

TEST(Writers, HighlightWords) {
  const Transcript words{"", {timed({{" One", 0, 0.5, 1}, {" two", 0.75, 1, 1}})}, "en"};
  EXPECT_EQ(format_transcript(words, OutputFormat::vtt, {{}, {}, {}, true}),
            "WEBVTT\n\n00:00.000 --> 00:00.500\n<u>One</u> two\n\n"
            "00:00.500 --> 00:00.750\nOne two\n\n00:00.750 --> 00:01.000\nOne <u>two</u>\n\n");
}

TEST(Writers, UseNoWordsUnlessEverySegmentHasThem) {
  Transcript some = five_words();
  some.segments.back().words.reset();
  EXPECT_EQ(format_transcript(some, OutputFormat::vtt, {8, {}, {}, false}),
            "WEBVTT\n\n00:00.000 --> 00:07.000\nOne two, three four.\n\n"
            "00:07.000 --> 00:08.000\nFive.\n\n");
}

TEST(Writers, RefuseTimesThatCannotBe) {
  for (const double time : {-1.0, std::nan(""), HUGE_VAL}) {
    const Transcript transcript{"", {said(time, 2, "")}, "en"};
    EXPECT_THROW(static_cast<void>(format_transcript(transcript, OutputFormat::srt)), Error);
  }
}

TEST(Writers, NameOutputsByTheRecording) {
  EXPECT_EQ(output_name("calls/a.b.mp3"), "a.b");
  EXPECT_EQ(output_name("calls/a"), "a");
  EXPECT_EQ(output_name(".mp3"), ".mp3");
  EXPECT_EQ(output_name("..mp3"), "..mp3");
  EXPECT_EQ(output_name(".a.mp3"), ".a");
  EXPECT_EQ(output_name("a."), "a");
}

TEST(Writers, PutFilesInAFolder) {
  const test::TempFolder folder;
  const std::array formats{OutputFormat::txt, OutputFormat::json};
  write_outputs(two(), folder.path(), "a.b", formats);
  EXPECT_EQ(test::names_in(folder.path()), (std::vector<std::string>{"a.b.json", "a.b.txt"}));
  EXPECT_EQ(test::read_file(folder / "a.b.txt"), "Hello\tthere.\na --> b\n");
}

TEST(Writers, LeaveNothingOfWhatCannotBeFormatted) {
  const test::TempFolder folder;
  const std::array formats{OutputFormat::txt, OutputFormat::srt};
  EXPECT_THROW(write_outputs({"", {said(-1, 2, "")}, "en"}, folder.path(), "a", formats), Error);
  EXPECT_TRUE(test::names_in(folder.path()).empty());
}

}  // namespace
}  // namespace sotto

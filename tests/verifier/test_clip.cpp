#include <fstream>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "run/verifier/clip.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

TEST(ParseClip, SplitsTheLanguageOff) {
  const Clip clip = parse_clip("speech/test_zh.wav:zh");
  EXPECT_EQ(clip.audio, "speech/test_zh.wav");
  EXPECT_EQ(clip.language, "zh");
  EXPECT_EQ(clip.name(), "test_zh");
}

TEST(ParseClip, TakesEnglishNamesOfLanguagesInAnyCase) {
  EXPECT_EQ(parse_clip("a.wav:German").language, "German");
  EXPECT_EQ(parse_clip("a.wav:YUE").language, "YUE");
}

TEST(ParseClip, WorksWithoutALanguage) {
  const Clip clip = parse_clip("a.wav");
  EXPECT_EQ(clip.audio, "a.wav");
  EXPECT_EQ(clip.language, std::nullopt);
}

TEST(ParseClip, LeavesOtherColonsToTheName) {
  EXPECT_EQ(parse_clip("12:30.wav").audio, "12:30.wav");
  EXPECT_EQ(parse_clip("12:30.wav").language, std::nullopt);
  EXPECT_EQ(parse_clip("12:30.wav:en").audio, "12:30.wav");
  EXPECT_EQ(parse_clip("12:30.wav:en").language, "en");
  EXPECT_EQ(parse_clip("a.wav:").audio, "a.wav:");
}

TEST(ParseClip, TakesAnUnknownLanguageForOneWhenOnlyThenTheFileExists) {
  const test::TempFolder folder;
  std::ofstream(folder / "a.wav") << "x";
  const Clip clip = parse_clip((folder / "a.wav").string() + ":xx");
  EXPECT_EQ(clip.audio, folder / "a.wav");
  EXPECT_EQ(clip.language, "xx");
  std::ofstream(folder / "a.wav:xx") << "x";
  EXPECT_EQ(parse_clip((folder / "a.wav:xx").string()).audio, folder / "a.wav:xx");
}

TEST(ParseClips, RefusesTwoOfTheSameName) {
  EXPECT_EQ(parse_clips({"a.wav:en", "b.flac"}).size(), 2U);
  EXPECT_THROW(static_cast<void>(parse_clips({"one/a.wav:en", "two/a.flac"})), Error);
}

}  // namespace
}  // namespace sotto

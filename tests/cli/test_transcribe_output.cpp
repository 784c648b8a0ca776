#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "progress_bar.h"
#include "table.h"
#include "transcribe_output.h"

namespace sotto::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(LiveLine, HasTheTimesBeforeTheText) {
  Segment segment;
  segment.end = 3661.5;
  segment.text = " Hello.";
  EXPECT_EQ(live_line(segment), "[00:00.000 --> 01:01:01.500]  Hello.\n");
}

TEST(LanguageTitle, BeginsEveryWordWithACapital) {
  EXPECT_EQ(language_title("en"), "English");
  EXPECT_EQ(language_title("ht"), "Haitian Creole");
}

TEST(JsonLine, HoldsTheReferencesResultAmongOurOwnFields) {
  Segment segment;
  segment.text = " \u00e9\n";
  const Transcript transcript{" \u00e9\n", {segment}, "fr"};
  const std::string line =
      json_line({"x/\xFF.wav", "\xFF"}, transcript, true, {1.5, 0.25, 0.5, 0.75});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["audio_file"], "x/\ufffd.wav");
  EXPECT_EQ(json["text"], " \u00e9\n");
  EXPECT_EQ(json["segments"].size(), 1U);
  EXPECT_EQ(json["language"], "fr");
  EXPECT_EQ(json["language_detected"], true);
  EXPECT_EQ(json["audio_seconds"], 1.5);
  EXPECT_EQ(json["decode_time"], 0.75);
  EXPECT_FALSE(json.contains("device"));
}

TEST(JsonLine, SaysWhatComputedAndWhetherThatWasSimulated) {
  const auto of = [](bool is_simulated) {
    return nlohmann::json::parse(
        json_line({"x.wav", "x"}, {}, true, {}, {"libneuron\"adapter.so 8.2.26", is_simulated}));
  };
  EXPECT_EQ(of(true)["device"], "libneuron\"adapter.so 8.2.26");
  EXPECT_EQ(of(true)["simulated"], true);
  EXPECT_EQ(of(false)["simulated"], false);
}

TEST(ProgressBar, SaysHowFarHowFastAndHowLong) {
  EXPECT_EQ(progress_bar({"talk", 90, 300, 15}),
            "talk [###-------] 30%  1:30 of 5:00, 6.0x, 0:35 left");
  EXPECT_EQ(progress_bar({"talk", 3600, 7200, 7200}),
            "talk [#####-----] 50%  1:00:00 of 2:00:00, 0.5x, 2:00:00 left");
}

TEST(ProgressBar, LeavesOutWhatCannotBeKnown) {
  EXPECT_THAT(progress_bar({"talk", 0, 300, 1}), Not(HasSubstr("left")));
  EXPECT_THAT(progress_bar({"talk", 10, 300, 0}), Not(HasSubstr("left")));
  EXPECT_THAT(progress_bar({"talk", 0, 0, 1}), HasSubstr("100%"));
  EXPECT_THAT(progress_bar({"talk", 400, 300, 1}), HasSubstr("100%"));
}

TEST(ProgressBar, ShortensLongNames) {
  std::string name;
  for (int i = 0; i < 50; ++i) name += "\u6771";
  for (const std::string& one : {name, std::string(200, 'x')}) {
    const std::string bar = progress_bar({one, 3600, 36000, 100});
    EXPECT_LT(display_width(bar), 80U) << bar;
    EXPECT_THAT(bar, HasSubstr("... ["));
  }
}

}  // namespace
}  // namespace sotto::cli

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/verify_tables.h"
#include "table.h"

namespace sotto::cli {
namespace {

using testing::HasSubstr;

TEST(Table, AlignsColumns) {
  Table table({"clip", ">tokens", "text"});
  table.add({"a", "7", "one"});
  table.add({"longer", "1234", ""});
  EXPECT_EQ(table.text(),
            "clip    tokens  text\n"
            "a            7  one\n"
            "longer    1234\n");
}

TEST(Table, CountsTheColumnsOfATerminal) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("Straße"), 6U);
  EXPECT_EQ(display_width("對我"), 4U);
  EXPECT_EQ(display_width("e\u0301"), 1U);
  EXPECT_EQ(display_width(""), 0U);
}

TEST(Table, WritesSizes) {
  EXPECT_EQ(byte_size(17), "17 bytes");
  EXPECT_EQ(byte_size(2048), "2.0 KB");
  EXPECT_EQ(byte_size(78.7 * 1024 * 1024), "78.7 MB");
  EXPECT_EQ(byte_size(3.0 * 1024 * 1024 * 1024), "3.00 GB");
}

VerifyReport report_of(std::vector<TokenId> baseline, std::vector<TokenId> artifacts) {
  ClipReport clip;
  clip.clip = {"jfk.flac", "en"};
  clip.baseline.tokens = std::move(baseline);
  clip.baseline.encode_time = 1;
  clip.baseline.decode_time = 1;
  clip.artifacts.tokens = std::move(artifacts);
  clip.artifacts.language = "en";
  clip.artifacts.text = "And so, my fellow";
  clip.artifacts.encode_time = 0.5;
  clip.artifacts.decode_time = 1;
  VerifyReport report;
  report.model = "base";
  report.backend = "torchscript";
  report.baseline_source = "base.pt";
  report.special = special_tokens(51865);
  report.clips.push_back(std::move(clip));
  return report;
}

TEST(VerifyTables, MarkTokensThatDiffer) {
  const std::string text = token_tables(report_of({50258, 1, 22, 50257}, {50258, 1, 333, 50257}));
  EXPECT_THAT(text, HasSubstr("jfk: 4 tokens, 1 differ"));
  EXPECT_THAT(text, HasSubstr("baseline    50258     1    22 50257\n"
                              "  torchscript 50258     1   333 50257\n"
                              "                          ^^^^^\n"));
}

TEST(VerifyTables, SayWhenAllAreEqual) {
  auto report = report_of({50258, 50257}, {50258, 50257});
  EXPECT_THAT(token_tables(report), HasSubstr("2 tokens, all equal"));
  EXPECT_THAT(accuracy_table(report), HasSubstr("equal"));
  EXPECT_EQ(verdict(report),
            "Verified: 1 clip, every token equal to the unsplit model of base.pt.\n");
  // The model by its own name, wherever a cache keeps it.
  for (const char* source : {"/cache/sotto/base", "/cache/sotto/base/", "base"}) {
    report.baseline_source = source;
    EXPECT_THAT(verdict(report), testing::HasSubstr(" of base."));
  }
}

TEST(VerifyTables, SayWhatFailed) {
  const auto report = report_of({1}, {2});
  EXPECT_THAT(accuracy_table(report), HasSubstr("DIFFERENT"));
  EXPECT_EQ(verdict(report),
            "FAILED: 1 of 1 clips gave other tokens than the unsplit model of base.pt.\n");
}

TEST(VerifyTables, GiveTheChangeOfTime) {
  EXPECT_THAT(time_table(report_of({1}, {1})), HasSubstr("-25 %"));
}

TEST(VerifyTables, ExplainPunctuationByTimestamps) {
  auto report = report_of({1}, {1});
  report.clips[0].given = GivenBaseline{"baseline_jfk.json", "And so my fellow", {50364, 1}, true};
  EXPECT_THAT(accuracy_table(report), HasSubstr("decoded with timestamps"));
  report.clips[0].given->text = "And so my friend";
  EXPECT_THAT(accuracy_table(report), HasSubstr("other words"));
}

}  // namespace
}  // namespace sotto::cli

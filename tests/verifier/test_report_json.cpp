#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "run/verifier/report_json.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;

PlainTranscript transcription(std::vector<TokenId> tokens, const std::string& text) {
  PlainTranscript result;
  result.audio_file = "clips/jfk.flac";
  result.language = "en";
  result.tokens = std::move(tokens);
  result.text = text;
  result.encode_time = 0.25;
  result.decode_time = 0.5;
  return result;
}

VerifyReport report_of(const PlainTranscript& baseline, const PlainTranscript& artifacts) {
  ClipReport clip;
  clip.clip = {"clips/jfk.flac", "en"};
  clip.baseline = baseline;
  clip.artifacts = artifacts;
  clip.logits = {0.5, 10};
  clip.logit_steps = 3;
  VerifyReport report;
  report.model = "base";
  report.backend = "torchscript";
  report.baseline_source = "base.pt";
  report.special = special_tokens(51865);
  report.clips.push_back(std::move(clip));
  return report;
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> names;
  for (const auto& [name, value] : object.items()) names.push_back(name);
  return names;
}

const PlainTranscript kSpoken = transcription({50258, 400, 370, 50257}, "And so");

TEST(ClipJson, HasTheFieldsOfTheMissionInTheirOrder) {
  const auto report = report_of(kSpoken, kSpoken);
  const Json json = Json::parse(clip_json(report, report.clips.at(0)));
  const std::vector<std::string> fixed{"audio_file", "language",    "tokens",
                                       "text",       "encode_time", "decode_time",
                                       "total_time", "num_tokens",  "comparison"};
  const auto names = keys(json);
  ASSERT_GE(names.size(), fixed.size());
  EXPECT_EQ(std::vector<std::string>(names.begin(), names.begin() + 9), fixed);
  EXPECT_EQ(keys(json["comparison"]),
            (std::vector<std::string>{"text_match", "baseline_text", "result_text",
                                      "baseline_tokens", "result_tokens"}));
  EXPECT_EQ(json["audio_file"], "jfk.flac");
  EXPECT_EQ(json["tokens"], Json({50258, 400, 370, 50257}));
  EXPECT_EQ(json["num_tokens"], 4);
  EXPECT_DOUBLE_EQ(json["total_time"].get<double>(), 0.75);
}

TEST(ClipJson, ComparesWithTheBaselineComputedHere) {
  const auto report = report_of(kSpoken, transcription({50258, 400, 50257}, "And"));
  const Json json = Json::parse(clip_json(report, report.clips.at(0)));
  EXPECT_EQ(json["comparison"]["text_match"], false);
  EXPECT_EQ(json["comparison"]["baseline_text"], "And so");
  EXPECT_EQ(json["comparison"]["result_text"], "And");
  EXPECT_EQ(json["computed_baseline"]["tokens_match"], false);
  EXPECT_EQ(json["numbers"]["logits"]["steps"], 3);
  EXPECT_DOUBLE_EQ(json["numbers"]["logits"]["relative"].get<double>(), 0.05);
  EXPECT_FALSE(report.passed());
}

TEST(ClipJson, ComparesWithAGivenBaselineWhereThereIsOne) {
  auto report = report_of(kSpoken, kSpoken);
  report.clips[0].given = GivenBaseline{"baseline_jfk.json", "and, so", {50364, 1}, true};
  const Json json = Json::parse(clip_json(report, report.clips[0]));
  EXPECT_EQ(json["comparison"]["text_match"], false);
  EXPECT_EQ(json["comparison"]["baseline_tokens"], Json({50364, 1}));
  EXPECT_EQ(json["comparison"]["only_punctuation_or_case_differs"], true);
  EXPECT_EQ(json["comparison"]["baseline_with_timestamps"], true);
  EXPECT_EQ(json["computed_baseline"]["tokens_match"], true);
  EXPECT_TRUE(report.passed());
}

TEST(ClipJson, TakesTextThatIsNoUtf8) {
  const auto report = report_of(kSpoken, transcription({1}, "\xff"));
  EXPECT_EQ(Json::parse(clip_json(report, report.clips.at(0)))["text"], "\uFFFD");
}

TEST(WriteResults, WritesAFilePerClipAndTheSummary) {
  const test::TempFolder folder;
  const auto report = report_of(kSpoken, kSpoken);
  write_results(report, folder / "new" / "outputs");
  std::ifstream clip(folder / "new" / "outputs" / "pt_jfk.json");
  std::ifstream summary(folder / "new" / "outputs" / "pt_summary.json");
  const Json clip_object = Json::parse(clip), summary_object = Json::parse(summary);
  EXPECT_EQ(summary_object["jfk"], clip_object);
  EXPECT_EQ(keys(summary_object), std::vector<std::string>{"jfk"});
}

TEST(WriteResults, SaysWhenTheFolderCannotBe) {
  const test::TempFolder folder;
  std::ofstream(folder / "file") << "x";
  EXPECT_THROW(write_results(report_of(kSpoken, kSpoken), folder / "file"), Error);
}

}  // namespace
}  // namespace sotto

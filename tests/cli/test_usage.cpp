#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "cli/sotto_process.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

void expect_usage_error(const std::vector<std::string>& arguments, const std::string& part) {
  const ProgramRun run = run_sotto(arguments);
  EXPECT_EQ(run.exit_code, 2) << run.errors;
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr(part));
  EXPECT_EQ(run.output, "");
}

TEST(Usage, ShowsTheVersion) {
  const ProgramRun run = run_sotto({"--version"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, testing::MatchesRegex("sotto [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST(Usage, HelpOfTheProgramNamesEveryCommand) {
  const ProgramRun run = run_sotto({"--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.errors, "");
  for (const char* name :
       {"export", "check", "verify", "transcribe", "inspect", "convert", "bench"}) {
    EXPECT_THAT(run.output, HasSubstr(std::string("sotto ") + name));
  }
}

class CommandHelp : public testing::TestWithParam<const char*> {};

TEST_P(CommandHelp, ShowsAnExample) {
  const ProgramRun run = run_sotto({GetParam(), "--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr(std::string("Examples:\n  sotto ") + GetParam()));
}

TEST_P(CommandHelp, IsPointedToWhenArgumentsAreMissing) {
  expect_usage_error({GetParam()}, std::string("`sotto ") + GetParam() + " --help`");
}

TEST_P(CommandHelp, IsPointedToWhenAnOptionIsUnknown) {
  expect_usage_error({GetParam(), "--frobnicate"}, "--help`");
}

INSTANTIATE_TEST_SUITE_P(Usage, CommandHelp,
                         testing::Values("export", "check", "verify", "transcribe", "inspect",
                                         "convert", "bench"),
                         [](const auto& info) { return std::string(info.param); });

TEST(Usage, WantsACommand) { expect_usage_error({}, "expected a command"); }

TEST(Usage, NamesAnUnknownCommand) { expect_usage_error({"transmogrify"}, "\"transmogrify\""); }

TEST(Usage, NamesAnUnknownOption) {
  expect_usage_error({"inspect", "x", "--frobnicate"}, "--frobnicate");
}

TEST(Usage, TranscribeWantsAModel) { expect_usage_error({"transcribe", "a.wav"}, "--model"); }

TEST(Usage, ExportWantsAFolder) { expect_usage_error({"export", "base.pt"}, "--output"); }

TEST(Usage, FramesMustBeANumber) {
  expect_usage_error({"export", "base.pt", "-o", "x", "--frames", "many"}, "--frames");
}

}  // namespace
}  // namespace sotto::test

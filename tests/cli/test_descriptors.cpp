// Standard streams that are closed, full or read by nobody, and files that cannot grow.
#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "support/files.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kToAFullDevice = R"(exec "$@" >/dev/full)";

class Streams : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    fs::copy_file(path("tone.wav"), path("other.wav"));
  }

  [[nodiscard]] std::vector<std::string> transcribe(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"transcribe",
                                   path("tone.wav"),
                                   path("other.wav"),
                                   "-m",
                                   path("model.pt"),
                                   "-o",
                                   path("out"),
                                   "--language",
                                   "en",
                                   "--temperature_increment_on_fallback",
                                   "None",
                                   "--beam_size",
                                   "None"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }

  void expect_outputs() const {
    EXPECT_THAT(
        names_in(folder_ / "out"),
        ElementsAre(".sotto", "other.json", "other.srt", "other.tsv", "other.txt", "other.vtt",
                    "tone.json", "tone.srt", "tone.tsv", "tone.txt", "tone.vtt"));
  }

  [[nodiscard]] std::vector<std::string> records() const {
    return names_in(folder_ / "out/.sotto");
  }
};

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_F(Streams, WhatCannotBePrintedIsToldAndFails) {
  const std::vector<std::vector<std::string>> commands{{"--help"},
                                                       {"--version"},
                                                       {"transcribe", "--help"},
                                                       {"check", "--list-targets"},
                                                       {"inspect", path("model.pt")},
                                                       {"inspect", path("model.pt"), "--json"}};
  for (const auto& command : commands) {
    const ProgramRun full = run_sotto_in_shell(kToAFullDevice, command);
    EXPECT_EQ(full.exit_code, 1) << command.back();
    EXPECT_EQ(full.errors, "sotto: standard output: cannot be written: No space left on device\n");
    const ProgramRun closed = run_sotto_in_shell(R"(exec "$@" >&-)", command);
    EXPECT_EQ(closed.exit_code, 1) << command.back();
    EXPECT_EQ(closed.errors, "sotto: standard output: cannot be written: Bad file descriptor\n");
  }
}

TEST_F(Streams, AFullDeviceForTheTextCostsNoFile) {
  const ProgramRun run = run_sotto_in_shell(kToAFullDevice, transcribe({}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("standard output: cannot be written: No space left"));
  expect_outputs();
  EXPECT_THAT(records(), ElementsAre("lock", "other.json", "tone.json"));
}

TEST_F(Streams, AReaderThatHasGoneCostsNoFile) {
  const ProgramRun run = run_sotto_in_shell(
      "{ sleep 0.2; \"$@\"; echo $? >" + path("code") + "; } | :", transcribe({}));
  EXPECT_EQ(read_file(folder_ / "code"), "1\n");
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("standard output: cannot be written: Broken pipe"));
  expect_outputs();
}

TEST_F(Streams, ALineOfJsonThatCannotBePrintedIsPrintedWhenTheBatchGoesOn) {
  const ProgramRun full = run_sotto_in_shell(kToAFullDevice, transcribe({"--json", "--resume"}));
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(full.errors)) << full.errors;
  expect_outputs();
  EXPECT_THAT(records(), ElementsAre("lock"));
  const ProgramRun again = run_sotto(transcribe({"--json", "--resume"}));
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_EQ(lines(again.output), 2);
  EXPECT_THAT(records(), ElementsAre("lock", "other.json", "tone.json"));
  EXPECT_EQ(run_sotto(transcribe({"--json", "--resume"})).output, "");
}

TEST_F(Streams, NoWorkIsDoneForNobody) {
  const ProgramRun run = run_sotto_in_shell(kToAFullDevice, transcribe({"--json", "-f", "none"}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, Not(HasSubstr("all the same")));
}

TEST_F(Streams, AClosedOneIsNeverAFileOfOurs) {
  const ProgramRun expected = run_sotto(transcribe({}));
  ASSERT_EQ(expected.exit_code, 0) << expected.errors;
  const std::string text = read_file(folder_ / "out/tone.json");
  for (const char* closed : {"<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"}) {
    fs::remove_all(folder_ / "out");
    const ProgramRun run = run_sotto_in_shell(std::string("exec \"$@\" ") + closed, transcribe({}));
    const std::string what = closed;
    const bool has_output = what.find(" >&-") == std::string::npos && what.front() != '>';
    EXPECT_EQ(run.exit_code, has_output ? 0 : 1) << what << run.errors;
    EXPECT_EQ(run.output, has_output ? expected.output : "") << what;
    EXPECT_EQ(read_file(folder_ / "out/.sotto/lock"), "") << what;
    EXPECT_EQ(read_file(folder_ / "out/tone.json"), text) << what;
    expect_outputs();
  }
}

TEST_F(Streams, AClosedInputIsNotTakenForAnEmptyOne) {
  const ProgramRun run = run_sotto_in_shell(
      R"(exec "$@" <&-)", {"transcribe", "-", "-m", path("model.pt"), "-f", "none"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.errors, "sotto: standard input: cannot be read: Bad file descriptor\n");
}

TEST_F(Streams, AFileThatMustNotGrowIsTold) {
  const ProgramRun run =
      run_sotto_in_shell(R"(ulimit -f 100; exec "$@")",
                         {"export", path("model.pt"), "-o", path("models"), "--name", "quick"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("cannot be written: File too large"));
  EXPECT_THAT(names_in(folder_.path()), ElementsAre("model.pt", "other.wav", "tone.wav"));
}

TEST_F(Streams, ANameThatCannotBeWrittenIsRefusedBeforeAnyWork) {
  const auto refused = [&](const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{"transcribe", path(name), "-m", path("absent.pt")};
    words.insert(words.end(), more.begin(), more.end());
    const ProgramRun run = run_sotto(words);
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_EQ(run.exit_code, run.errors.find("absent.pt") == std::string::npos ? 2 : 1);
    return run.errors;
  };
  const std::string fits(250, 'a'), too_long(251, 'b');
  EXPECT_THAT(refused(fits + ".wav", {}), HasSubstr("absent.pt"));
  EXPECT_THAT(refused(too_long + ".wav", {}), HasSubstr(too_long + ".json, found one of 256"));
  EXPECT_THAT(refused(too_long + ".wav", {"-f", "txt"}), HasSubstr("absent.pt"));
  EXPECT_THAT(refused(too_long + ".wav", {"-f", "none"}), HasSubstr("absent.pt"));
  EXPECT_THAT(refused(too_long + ".wav", {"-f", "txt", "--resume"}), HasSubstr(".json"));
  std::string deep = path("out");
  while (deep.size() < 4000) deep += "/" + std::string(90, 'd');
  EXPECT_THAT(refused("tone.wav", {"-o", deep + "/" + std::string(90, 'd')}),
              HasSubstr("a path of at most 4095 bytes"));
}

TEST_F(Streams, AResultThatCannotBeNamedIsRefusedBeforeAnyWork) {
  const std::string clip = path(std::string(249, 'c') + ".wav");
  for (const char* option : {"--output", "--dump"}) {
    const ProgramRun run = run_sotto({"verify", path("absent"), clip, option, path("out")});
    EXPECT_EQ(run.exit_code, 2) << run.errors;
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr("expected a name of at most 255 bytes"));
  }
}

}  // namespace
}  // namespace sotto::test

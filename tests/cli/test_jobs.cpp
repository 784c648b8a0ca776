// Several windows and several recordings at once, on the committed model.
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/sotto_process.h"

#include "core/base/error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

class SeveralAtOnce : public testing::Test {
 protected:
  ProgramRun run(const std::string& out, const std::vector<std::string>& options) {
    std::vector<std::string> words{"transcribe"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"-m", "assets/demo/demo.pt", "-o", (folder_ / out).string()});
    return run_sotto(words);
  }
  Json result(const std::string& out, const std::string& name) {
    return Json::parse(read_file(folder_ / out / (name + ".json")));
  }
  void expect_equal_files(const std::string& one, const std::string& other) {
    for (const std::string& name : names_in(folder_ / one)) {
      if (name == ".sotto") continue;
      EXPECT_EQ(read_file(folder_ / one / name), read_file(folder_ / other / name)) << name;
    }
  }

  TempFolder folder_;
};

constexpr const char* kClip = "assets/demo/clips/demo_en.wav";

TEST_F(SeveralAtOnce, WindowsSayWhatTheySayAlone) {
  const std::vector<std::string> clips{kClip,
                                       "--language",
                                       "en",
                                       "--clip_timestamps",
                                       "0,1.5,1.5,3,3,4,0.5,2.5",
                                       "--temperature_increment_on_fallback",
                                       "None"};
  auto alone = clips;
  alone.insert(alone.end(), {"--condition_on_previous_text", "False"});
  const auto one = run("alone", alone);
  ASSERT_EQ(one.exit_code, 0) << one.errors;
  for (const char* beams : {"None", "5"}) {
    auto batch = clips;
    batch.insert(batch.end(), {"--batch", "4", "--beam_size", beams});
    auto single = alone;
    single.insert(single.end(), {"--beam_size", beams});
    const auto several = run("batch", batch);
    ASSERT_EQ(several.exit_code, 0) << several.errors;
    ASSERT_EQ(run("alone", single).exit_code, 0);
    const Json found = result("batch", "demo_en"), expected = result("alone", "demo_en");
    EXPECT_EQ(found["text"], expected["text"]);
    ASSERT_EQ(found["segments"].size(), expected["segments"].size());
    for (std::size_t i = 0; i < found["segments"].size(); ++i) {
      for (const char* field : {"id", "seek", "start", "end", "text", "tokens"}) {
        EXPECT_EQ(found["segments"][i][field], expected["segments"][i][field]) << field;
      }
    }
  }
}

TEST_F(SeveralAtOnce, WordsHaveTimesInBatchesToo) {
  const auto several = run("out", {kClip, "--language", "en", "--clip_timestamps", "0,1.5,1.5,3",
                                   "--batch", "2", "--word_timestamps", "True"});
  ASSERT_EQ(several.exit_code, 0) << several.errors;
  std::size_t words = 0;
  const Json transcript = result("out", "demo_en");
  for (const Json& segment : transcript["segments"]) words += segment["words"].size();
  EXPECT_GT(words, 0U);
}

TEST_F(SeveralAtOnce, BatchesAreCutWhereNobodySpeaks) {
  const char* vad = std::getenv("SOTTO_VAD_MODEL");
  if (vad == nullptr || !fs::exists(vad)) GTEST_SKIP() << "SOTTO_VAD_MODEL is not set";
  const auto several = run("out", {kClip, "--language", "en", "--batch", "8"});
  ASSERT_EQ(several.exit_code, 0) << several.errors;
  ASSERT_EQ(run("vad", {kClip, "--language", "en", "--vad"}).exit_code, 0);
  EXPECT_EQ(result("out", "demo_en")["text"], result("vad", "demo_en")["text"]);
}

TEST_F(SeveralAtOnce, BatchesSayWhatTheyLack) {
  ::setenv("SOTTO_VAD_MODEL", (folder_ / "none.jit").c_str(), 1);
  const auto blind = run("out", {kClip, "--batch", "2"});
  ::unsetenv("SOTTO_VAD_MODEL");
  EXPECT_EQ(blind.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(blind.errors)) << blind.errors;
  EXPECT_THAT(blind.errors, HasSubstr("--batch cuts recordings where nobody speaks: "));
  EXPECT_THAT(blind.errors, HasSubstr("--clip_timestamps"));
  const auto full =
      run("out", {kClip, "--batch", "2", "--clip_timestamps", "0,1", "--decoder", "full"});
  EXPECT_NE(full.exit_code, 0);
  EXPECT_THAT(full.errors, HasSubstr("--batch: expected the decoder over a cache"));
  EXPECT_EQ(run("out", {kClip, "--batch", "65"}).exit_code, 2);
  EXPECT_EQ(run("out", {kClip, "--jobs", "0"}).exit_code, 2);
}

/// With as many threads each, so that sums are added up alike.
TEST_F(SeveralAtOnce, RecordingsAreWrittenAsOneByOne) {
  const std::vector<std::string> inputs{"assets/demo/clips", (folder_ / "absent.wav").string()};
  auto one = inputs, three = inputs;
  one.insert(one.end(), {"--threads", "1", "--jobs", "1"});
  three.insert(three.end(), {"--threads", "3", "--jobs", "3"});
  const auto expected = run("one", one), found = run("three", three);
  EXPECT_EQ(expected.exit_code, 1);
  EXPECT_EQ(found.exit_code, 1);
  EXPECT_EQ(found.output, expected.output);
  EXPECT_EQ(found.errors, expected.errors);
  EXPECT_GT(names_in(folder_ / "one").size(), 10U);
  EXPECT_EQ(names_in(folder_ / "one"), names_in(folder_ / "three"));
  expect_equal_files("one", "three");
  three.emplace_back("--resume");
  EXPECT_THAT(run("three", three).errors, HasSubstr("recordings were finished before"));
}

/// What is written, said and kept on record is that of one recording after the other, in their
/// order; one that cannot be read fails by itself.
TEST_F(SeveralAtOnce, WindowsMayBeOfSeveralRecordings) {
  write_file(folder_ / "broken.wav", "RIFF");
  const std::vector<std::string> inputs{
      "assets/demo/clips/demo_long.wav", (folder_ / "broken.wav").string(),
      "assets/demo/clips/demo_zh.wav", (folder_ / "absent.wav").string(), kClip};
  const auto with = [&](const std::vector<std::string>& more) {
    auto words = inputs;
    words.insert(words.end(), {"--clip_timestamps", "0,2,2,5,1,3.5", "--precision", "auto"});
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const ProgramRun expected = run("alone", with({"--batch", "1"}));
  EXPECT_EQ(expected.exit_code, 1);
  EXPECT_THAT(expected.errors, HasSubstr("broken.wav"));
  EXPECT_THAT(expected.errors, HasSubstr("absent.wav"));
  for (const auto& more : {std::vector<std::string>{"--batch", "4"},
                           {"--batch", "2", "--jobs", "2", "--threads", "2"}}) {
    const std::string out = concat("several", more.size());
    const auto found = run(out, with(more));
    EXPECT_EQ(found.exit_code, 1);
    EXPECT_EQ(found.output, expected.output);
    EXPECT_EQ(found.errors, expected.errors);
    EXPECT_EQ(names_in(folder_ / out), names_in(folder_ / "alone"));
    expect_equal_files(out, "alone");
    auto rest = with(more);
    rest.emplace_back("--resume");
    EXPECT_THAT(run(out, rest).errors, HasSubstr("3 of 5 recordings were finished before"));
  }
}

}  // namespace
}  // namespace sotto::test

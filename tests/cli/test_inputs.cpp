#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "inputs.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::cli {
namespace {

using testing::ElementsAre;

class Inputs : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_ / "calls" / "deeper.wav");
    for (const char* name : {"calls/b.mp3", "calls/a.WAV", "calls/notes.txt", "c [1].ogg", "d.wav",
                             "calls/deeper.wav/e.wav"}) {
      test::write_file(folder_ / name, "");
    }
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  /// Names of the outputs that the words lead to.
  [[nodiscard]] static std::vector<std::string> names(const std::vector<std::string>& words) {
    std::vector<std::string> names;
    for (const Input& input : expand_inputs(words)) names.push_back(input.name);
    return names;
  }

  static void expect_usage_error(const std::vector<Input>& inputs,
                                 const std::vector<OutputFormat>& formats,
                                 const std::filesystem::path& outputs) {
    test::expect_error(ErrorKind::usage, inputs.back().path.string(),
                       [&] { check_outputs_differ(inputs, outputs, formats); });
  }

  test::TempFolder folder_;
};

TEST_F(Inputs, AreTheRecordingsOfAFolderByName) {
  EXPECT_THAT(names({path("calls")}), ElementsAre("a", "b"));
}

TEST_F(Inputs, AreWhatAPatternMatches) {
  EXPECT_THAT(names({path("*.wav"), path("calls/*.mp3")}), ElementsAre("d", "b"));
}

TEST_F(Inputs, AreNoPatternWhereAFileHasThatName) {
  EXPECT_THAT(names({path("c [1].ogg")}), ElementsAre("c [1]"));
}

TEST_F(Inputs, StayWhatTheyAreWhereNothingMatches) {
  const auto inputs = expand_inputs({path("x*.wav"), path("absent.wav")});
  ASSERT_EQ(inputs.size(), 2U);
  EXPECT_EQ(inputs[0].path, path("x*.wav"));
  EXPECT_EQ(inputs[1].path, path("absent.wav"));
}

TEST_F(Inputs, MayBeStandardInput) {
  const auto inputs = expand_inputs({"-"});
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_TRUE(inputs[0].is_standard_input());
  EXPECT_EQ(inputs[0].name, "stdin");
}

TEST_F(Inputs, RefuseAFolderWithoutRecordings) {
  std::filesystem::create_directory(folder_ / "empty");
  EXPECT_THROW(static_cast<void>(expand_inputs({path("empty")})), Error);
}

TEST_F(Inputs, RefuseTwoOfOneName) {
  const std::vector<Input> inputs{{"x/a.wav", "a"}, {"y/a.mp3", "a"}};
  expect_usage_error(inputs, {OutputFormat::txt}, folder_.path());
  EXPECT_NO_THROW(check_outputs_differ(inputs, folder_.path(), {}));
}

TEST_F(Inputs, RefuseToOverwriteARecording) {
  expect_usage_error({{folder_ / "talk.txt", "talk"}}, {OutputFormat::txt}, folder_.path());
}

TEST_F(Inputs, RefuseToReadStandardInputTwice) {
  expect_usage_error({{"-", "stdin"}, {"-", "stdin"}}, {}, folder_.path());
}

}  // namespace
}  // namespace sotto::cli

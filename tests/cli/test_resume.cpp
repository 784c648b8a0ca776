#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "support/files.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Resume : public SmallModelTest {
 protected:
  [[nodiscard]] ProgramRun run(const std::vector<std::string>& recordings) const {
    std::vector<std::string> words{"transcribe", "-m",       path("model.pt"), "-o",
                                   path("out"),  "--resume", "--language",     "en",
                                   "-f",         "txt",      "--verbose",      "False"};
    for (const std::string& recording : recordings) words.push_back(path(recording));
    return run_sotto(words);
  }

  /// Makes the model one that cannot be loaded, and that looks as before: a job is known by a
  /// model's size and time.
  void spoil_model() const {
    const auto changed = fs::last_write_time(path("model.pt"));
    write_file(path("model.pt"), std::string(fs::file_size(path("model.pt")), 'x'));
    fs::last_write_time(path("model.pt"), changed);
  }
};

TEST_F(Resume, NeedsNoModelWhereNothingIsLeftToDo) {
  fs::copy_file(path("tone.wav"), path("tone2.wav"));
  const ProgramRun first = run({"tone.wav"});
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  spoil_model();
  const ProgramRun again = run({"tone.wav"});
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("1 of 1 recordings were finished before"));
  const ProgramRun more = run({"tone.wav", "tone2.wav"});
  EXPECT_EQ(more.exit_code, 1);
  EXPECT_THAT(more.errors, HasSubstr(path("model.pt") + ": expected a Whisper checkpoint"));
}

TEST_F(Resume, NeedsTheModelWhereItIsAnother) {
  const ProgramRun first = run({"tone.wav"});
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  fs::remove(path("model.pt"));
  const ProgramRun again = run({"tone.wav"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.errors, HasSubstr("model.pt: cannot be opened: No such file"));
}

}  // namespace
}  // namespace sotto::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "support/files.h"

// The program with one back end more, which nothing but its own file knows of.

namespace sotto::test {
namespace {

using testing::HasSubstr;

class Registration : public SmallModelTest {
 protected:
  /// Runs the program that has the relay.
  static ProgramRun run_with_relay(const std::vector<std::string>& arguments) {
    return run_sotto_in_shell("shift; exec '" SOTTO_WITH_RELAY "' \"$@\"", arguments);
  }

  [[nodiscard]] std::vector<std::string> transcription(const std::string& backend) const {
    return {"transcribe",
            path("tone.wav"),
            "-m",
            path("model.pt"),
            "--backend",
            backend,
            "--word_timestamps",
            "True",
            "--language",
            "en",
            "-f",
            "json",
            "-o",
            path(backend)};
  }
};

TEST_F(Registration, IsAllThatABackEndNeedsToTranscribe) {
  const ProgramRun cpu = run_with_relay(transcription("cpu"));
  const ProgramRun relay = run_with_relay(transcription("relay"));
  ASSERT_EQ(cpu.exit_code, 0) << cpu.errors;
  ASSERT_EQ(relay.exit_code, 0) << relay.errors;
  EXPECT_EQ(relay.output, cpu.output);
  EXPECT_EQ(read_file(path("relay") + "/tone.json"), read_file(path("cpu") + "/tone.json"));
}

TEST_F(Registration, IsAllThatABackEndNeedsToVerify) {
  const ProgramRun made =
      run_with_relay({"export", path("model.pt"), "-o", path("models"), "--name", "quick"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  const ProgramRun run =
      run_with_relay({"verify", path("models"), "--backend", "relay", "--checkpoint",
                      path("model.pt"), "--json", path("tone.wav") + ":en"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("\"backend\": \"relay\""));
}

TEST_F(Registration, IsAllThatABackEndNeedsToBeListed) {
  const ProgramRun run = run_with_relay(transcription("none"));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.errors, HasSubstr(", relay), found \"none\""));
  EXPECT_THAT(run_sotto(transcription("relay")).errors, HasSubstr("found \"relay\""));
}

}  // namespace
}  // namespace sotto::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "run/doctor/report_json.h"
#include "support/files.h"
#include "wire/compiled_demo.h"
#include "wire/devices.h"

// `sotto doctor` of a board, asked from here, with this machine as the board.

namespace sotto::test {
namespace {

using testing::HasSubstr;

#ifdef SOTTO_SIMULATOR

class RemoteDoctor : public CompiledDemo {
 protected:
  [[nodiscard]] Words doctor(const Words& more, const Words& device) const {
    Words words{"doctor",      path("demo"),       "--program", SOTTO_PROGRAM,
                "--directory", path("the device"), "--neuron",  SOTTO_SIMULATOR};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), device.begin(), device.end());
    return words;
  }

  static Report report_of(const ProgramRun& run) {
    return parse_report(std::as_bytes(std::span(run.output)), "the output");
  }
};

// But for the bundle's place: what the doctor says there is what it says here.
TEST_F(RemoteDoctor, SaysOverSshWhatItSaysThere) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  const ProgramRun run = run_sotto(doctor({"--json"}, {"--ssh", "board"}));
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  const Report there = report_of(run);
  EXPECT_TRUE(there.simulation);
  const Report here =
      report_of(run_sotto({"doctor", path("the device/bundles/demo"), "--neuron",
                           path("the device/lib/libsotto_simulated_neuron.so"), "--json"}));
  ASSERT_EQ(there.findings.size(), here.findings.size());
  for (std::size_t i = 0; i < here.findings.size(); ++i) {
    EXPECT_EQ(there.findings[i].what, here.findings[i].what);
    EXPECT_EQ(there.findings[i].state, here.findings[i].state);
  }
  // Of the bundle, what the doctor looks at; its graphs by themselves stay here.
  EXPECT_FALSE(std::filesystem::exists(path("the device/bundles/demo/decoder_demo_448.pt")));
}

TEST_F(RemoteDoctor, TriesEachOperationOverAdb) {
  const StandInAdb adb;
  const ProgramRun run = run_sotto_in_shell(R"(SOTTO_SIM_WRONG_MATMUL=1 exec "$@")",
                                            doctor({"--self-test", path("ops.json")}, {"--adb"}));
  EXPECT_EQ(run.exit_code, 1) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("BATCH_MATMUL"));
  const auto tried = nlohmann::json::parse(read_file(folder_ / "ops.json"));
  std::size_t wrong = 0;
  for (const auto& operation : tried.at("results")) wrong += operation.at("verdict") == "wrong";
  EXPECT_GT(wrong, 0U);
}

TEST_F(RemoteDoctor, AsksTheShellWhereThereIsNoProgram) {
  const StandInAdb adb;
  const std::string elsewhere = "cd '" + path("sdk") + R"(' && unset SOTTO_DEVICE_PROGRAM && )";
  const ProgramRun run = run_sotto_in_shell(elsewhere + R"(exec "$@")", {"doctor", "--adb"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, HasSubstr("processor"));
  EXPECT_THAT(run.errors, HasSubstr("expected a program for the device, found none"));
  const ProgramRun json =
      run_sotto_in_shell(elsewhere + R"(exec "$@")", {"doctor", "--adb", "--json"});
  EXPECT_FALSE(nlohmann::json::parse(json.output).at("probe").empty());
}

TEST_F(RemoteDoctor, TakesOneDeviceAtATime) {
  const ProgramRun run = run_sotto(doctor({}, {"--ssh", "board", "--adb"}));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.errors, HasSubstr("found both"));
}

#endif

}  // namespace
}  // namespace sotto::test

#include <csignal>
#include <cstring>
#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "cli/sotto_process.h"

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/vocabulary_file.h"
#include "support/files.h"
#include "support/processes.h"
#include "support/temp_folder.h"
#include "wire/compiled_demo.h"
#include "wire/devices.h"

// From the desk to the board as a user goes, with this machine as the board and the simulator as
// its NPU.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kClip = "assets/demo/clips/demo_en.wav:en";

#ifdef SOTTO_SIMULATOR

class Deploying : public CompiledDemo {
 protected:
  /// On a device whose folder has an odd name.
  [[nodiscard]] Words deploy(const Words& device, const Words& more = {}) const {
    Words words{"deploy",
                path("demo"),
                kClip,
                "--program",
                SOTTO_PROGRAM,
                "--directory",
                path("it's a $(device)"),
                "--neuron",
                SOTTO_SIMULATOR};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), device.begin(), device.end());
    return words;
  }

  /// A whole deployment, and a second one that has nothing to send.
  void expect_deployment(const Words& device) const {
    const ProgramRun first = run_sotto(deploy(device, {"-o", path("out")}));
    EXPECT_EQ(first.exit_code, 0) << first.errors;
    EXPECT_THAT(first.output, HasSubstr("Set the kitchen temperature to twenty-one degrees."));
    EXPECT_THAT(first.output, HasSubstr("Sent 9 of 9 files"));
    EXPECT_THAT(first.output, HasSubstr("Verified: 1 clip, every token equal to cpu here."));
    EXPECT_EQ(names_in(folder_ / "out"), (Words{"demo_en.json", "deploy.json"}));
    const auto result = nlohmann::json::parse(read_file(folder_ / "out/demo_en.json"));
    EXPECT_EQ(result.at("text"), " Set the kitchen temperature to twenty-one degrees.");
    const ProgramRun second = run_sotto(deploy(device, {"--json"}));
    ASSERT_EQ(second.exit_code, 0) << second.errors;
    const auto report = nlohmann::json::parse(second.output);
    EXPECT_EQ(report.at("files_sent"), 0);
    EXPECT_EQ(report.at("passed"), true);
    EXPECT_GT(report.at("peak_kilobytes"), 10000);
    const auto& clip = report.at("clips").at(0);
    EXPECT_EQ(clip.at("tokens_equal"), true);
    EXPECT_EQ(clip.at("times_equal"), true);
    EXPECT_GT(clip.at("device").at("real_time_factor"), 0);
    EXPECT_EQ(names_in(folder_ / "it's a $(device)/bundles/demo").size(), 7U);
  }

  static void expect_refused(const Words& words, int code, const char* sentence) {
    const ProgramRun run = run_sotto(words);
    EXPECT_EQ(run.exit_code, code) << run.output;
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr(sentence));
    EXPECT_EQ(run.output, "");
  }
};

TEST_F(Deploying, OverSshGivesTheTokensOfThisMachine) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  expect_deployment({"--ssh", "board"});
}

TEST_F(Deploying, OverAdbGivesTheTokensOfThisMachine) {
  const StandInAdb adb;
  expect_deployment({"--adb"});
}

TEST_F(Deploying, OverAnOldAdbGivesTheTokensOfThisMachine) {
  const StandInAdb adb;
  adb.be_old();
  expect_deployment({"--adb", kStandInSerial});
}

TEST_F(Deploying, SaysWhereTokensPart) {
  const StandInAdb adb;
  const ProgramRun run =
      run_sotto_in_shell(R"(SOTTO_SIM_WRONG_MATMUL=1 exec "$@")", deploy({"--adb"}));
  EXPECT_EQ(run.exit_code, 1) << run.output << run.errors;
  EXPECT_THAT(run.output, HasSubstr("equal tokens the device has"));
  EXPECT_THAT(run.output, HasSubstr("FAILED: 1 of 1 clip gave other tokens than cpu here."));
}

TEST_F(Deploying, EndsInASentence) {
  const StandInAdb adb;
  const Words device{"--adb"};
  expect_refused(deploy({}), 2, "expected a device, as --ssh HOST or --adb, found none");
  expect_refused(deploy({"--ssh", "board", "--adb"}), 2, "found both");
  expect_refused(deploy(device, {"--soc", "mt6991"}), 2, "on mt6991");
  expect_refused(deploy(device, {"--backend", "cpu"}), 2, "--backend");
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_machine = EM_RISCV;
  write_file(folder_ / "program",
             std::string(reinterpret_cast<const char*>(&header), sizeof header));
  Words other = deploy(device);
  *std::find(other.begin(), other.end(), SOTTO_PROGRAM) = path("program");
  expect_refused(other, 1, "is a program for machine 243, and adb device");
  *std::find(other.begin(), other.end(), path("program")) = path("missing");
  expect_refused(other, 1, "missing");
  Words without = deploy(device);
  *std::find(without.begin(), without.end(), SOTTO_SIMULATOR) = "no-such-library.so";
  expect_refused(without, 1, "transcribing there failed: ");
  adb.be_full();
  fs::remove_all(folder_ / "it's a $(device)");
  expect_refused(deploy(device), 1, "No space left on device");
  adb.go();
  expect_refused(deploy(device), 1, "the connection broke");
  adb.list("A unauthorized\n");
  expect_refused(deploy(device), 1, "has not allowed this machine");
}

// What runs on the device is told to end when the one who waits for it is.
TEST_F(Deploying, EndsWhatRunsThereWhenItIsInterrupted) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  Words words = deploy({"--ssh", "board"}, {"--quiet"});
  Words sending = words;
  std::erase(sending, kClip);
  expect_good(sending);  // without a clip nothing runs
  *std::find(words.begin(), words.end(), kClip) = "assets/demo/clips/demo_long.wav:en";
  const RunningSotto running(words);
  const auto is_there = [program = folder_ / "it's a $(device)/bin/sotto"] {
    for (const auto& process : fs::directory_iterator("/proc")) {
      std::error_code gone;
      if (fs::read_symlink(process.path() / "exe", gone) == program) return true;
    }
    return false;
  };
  ASSERT_TRUE(comes_true(is_there));
  running.send(SIGINT);
  EXPECT_TRUE(comes_true([&] { return !is_there(); }));
}

TEST_F(Deploying, VerifiesClipByClipAndLayerByLayer) {
  const StandInAdb adb;
  Words words = deploy({"--adb"}, {"--backend", "neuron", "--layers", "--json"});
  words.front() = "verify";
  const ProgramRun there = run_sotto(words);
  ASSERT_EQ(there.exit_code, 0) << there.errors;
  const ProgramRun here = run_sotto({"verify", path("demo"), kClip, "--backend", "neuron",
                                     "--neuron", SOTTO_SIMULATOR, "--layers", "--json"});
  ASSERT_EQ(here.exit_code, 0) << here.errors;
  const auto numbers = [](const ProgramRun& run) {
    return nlohmann::json::parse(run.output).at("clips").at("demo_en").at("numbers");
  };
  EXPECT_EQ(numbers(there), numbers(here));
  EXPECT_EQ(numbers(there).at("layers").at("decoder over a cache").size(), 7U);
  adb.be_old();
  expect_refused(words, 1, "use ssh");
  expect_refused({"verify", path("demo"), kClip, "--backend", "cpu", "--adb"}, 2,
                 "expected --backend neuron or --backend litert");
}

TEST_F(Deploying, VerifiesOverSsh) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  Words words = deploy({"--ssh", "board"}, {"--backend", "neuron"});
  words.front() = "verify";
  const ProgramRun run = run_sotto(words);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("Verified: 1 clip"));
  // The device's program ends before it has answered.
  *std::find(words.begin(), words.end(), SOTTO_SIMULATOR) = "no-such-library.so";
  const ProgramRun refused = run_sotto(words);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("its program ended before it had answered"));
}

#endif

}  // namespace
}  // namespace sotto::test

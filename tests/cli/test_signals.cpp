// What a signal leaves: whole files, no unfinished ones, no child.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "support/files.h"
#include "support/processes.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Signals : public SmallModelTest {
 protected:
  static constexpr int kRecordings = 4;

  [[nodiscard]] std::vector<std::string> batch() const {
    std::vector<std::string> words{"transcribe"};
    for (int i = 0; i < kRecordings; ++i) {
      const std::string name = path(concat("r", i, ".wav"));
      fs::copy_file(path("tone.wav"), name, fs::copy_options::skip_existing);
      words.push_back(name);
    }
    for (const std::string& word :
         {std::string("-m"), path("model.pt"), std::string("-o"), path("out"),
          std::string("--resume"), std::string("--language"), std::string("en"),
          std::string("--temperature_increment_on_fallback"), std::string("None")}) {
      words.push_back(word);
    }
    return words;
  }

  void expect_nothing_unfinished(const fs::path& folder) const {
    if (!fs::exists(folder)) return;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      EXPECT_FALSE(entry.path().filename().string().starts_with(".sotto-")) << entry.path();
    }
  }

  /// A bundle, and an SDK whose compiler writes half a result, starts a child and waits for it.
  std::vector<std::string> compile(const std::string& more = "") {
    EXPECT_EQ(run_sotto({"export", path("model.pt"), "-o", path("models"), "--name", "quick",
                         "--format", "tflite", "--quiet"})
                  .exit_code,
              0);
    fs::create_directories(folder_ / "sdk/host/bin");
    const fs::path tool = folder_ / "sdk/host/bin/ncc-tflite";
    write_file(tool, concat("#!/bin/sh\n", more,
                            "\nwhile [ \"$1\" != --dla-file ]; do shift; done\necho half >\"$2\"\n"
                            "sleep 1000 &\necho $$ $! >",
                            path("pids"), "\nwait; sleep 1000\n"));
    fs::permissions(tool, fs::perms::owner_all);
    return {"compile", path("models"), "--target",  "mt8371", "--toolchain",
            "ncc",     "--sdk",        path("sdk"), "--quiet"};
  }

  /// The compiler and its child, when they run.
  std::vector<::pid_t> compilers() {
    std::vector<::pid_t> pids(2);
    EXPECT_TRUE(comes_true([&] {
      std::ifstream file(folder_ / "pids");
      return static_cast<bool>(file >> pids[0] >> pids[1]);
    }));
    return pids;
  }
};

TEST_F(Signals, EndABatchThatThenGoesOn) {
  std::mt19937 random(448);
  const auto words = batch();
  int interrupted = 0;
  for (int i = 0; i < 12; ++i) {
    const int signal = std::array{SIGTERM, SIGINT, SIGHUP}.at(static_cast<std::size_t>(i % 3));
    RunningSotto program(words);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::uniform_int_distribution(0, 500)(random)));
    program.send(signal);
    const ProgramRun run = program.wait();
    if (run.exit_code != 0) {
      EXPECT_EQ(run.exit_code, 128 + signal) << run.errors;
      // It may come before the program has begun.
      if (!run.errors.empty()) {
        ++interrupted;
        EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
        EXPECT_THAT(run.errors, HasSubstr("sotto: interrupted"));
      }
    }
    expect_nothing_unfinished(folder_ / "out");
    // Where nothing is left to do there is nothing to interrupt: begin anew.
    if (run.exit_code == 0) std::filesystem::remove_all(folder_ / "out");
  }
  EXPECT_GE(interrupted, 3);
  const ProgramRun rest = run_sotto(words);
  EXPECT_EQ(rest.exit_code, 0) << rest.errors;
  EXPECT_EQ(names_in(folder_ / "out").size(), 5U * kRecordings + 1);
  for (int i = 1; i < kRecordings; ++i) {
    EXPECT_EQ(read_file(folder_ / "out" / concat("r", i, ".json")),
              read_file(folder_ / "out/r0.json"));
  }
}

TEST_F(Signals, SayHowFarABatchWas) {
  const auto words = batch();
  RunningSotto program(words);
  ASSERT_TRUE(comes_true([&] { return fs::exists(folder_ / "out/.sotto/r1.json"); }));
  program.send(SIGTERM);
  const ProgramRun run = program.wait();
  if (run.exit_code == 0) GTEST_SKIP() << "it was done before the signal came";
  EXPECT_EQ(run.exit_code, 128 + SIGTERM);
  EXPECT_THAT(run.errors,
              testing::ContainsRegex(" of 4 recordings are finished, and --resume goes"));
}

TEST_F(Signals, EndACompilerWithItsChildren) {
  const auto words = compile();
  const std::string before = read_file(folder_ / "models/sotto.json");
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    fs::remove(folder_ / "pids");
    RunningSotto program(words);
    const auto pids = compilers();
    program.send(signal);
    const ProgramRun run = program.wait();
    EXPECT_EQ(run.exit_code, 128 + signal) << run.errors;
    EXPECT_EQ(run.errors, "sotto: interrupted\n");
    for (const ::pid_t pid : pids) EXPECT_TRUE(ends_soon(pid));
    expect_nothing_unfinished(folder_.path());
  }
  EXPECT_EQ(read_file(folder_ / "models/sotto.json"), before);
}

TEST_F(Signals, EndACompilerThatDoesNotListen) {
  const auto words = compile("trap '' TERM");
  RunningSotto program(words);
  const auto pids = compilers();
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 128 + SIGTERM);
  for (const ::pid_t pid : pids) EXPECT_TRUE(ends_soon(pid));
  expect_nothing_unfinished(folder_.path());
}

TEST_F(Signals, ThatCannotBeCaughtEndACompilerToo) {
  const auto words = compile();
  RunningSotto program(words);
  const auto pids = compilers();
  program.send(SIGKILL);
  EXPECT_EQ(program.wait().exit_code, 128 + SIGKILL);
  for (const ::pid_t pid : pids) EXPECT_TRUE(ends_soon(pid));
}

TEST_F(Signals, ThatWereIgnoredStayIgnored) {
  const auto words = compile();
  RunningSotto program(words, R"(trap '' HUP; exec "$@")");
  const auto pids = compilers();
  program.send(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_TRUE(is_running(pids[0]));
  program.send(SIGTERM);
  EXPECT_EQ(program.wait().exit_code, 128 + SIGTERM);
}

}  // namespace
}  // namespace sotto::test

#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "cli/sotto_process.h"

#include "core/base/error.h"
#include "core/bundle/vocabulary_file.h"
#include "support/temp_folder.h"

namespace sotto::test {

using Words = std::vector<std::string>;

#ifdef SOTTO_SIMULATOR

/// A folder with the demo model's bundle in it, demo/, compiled for the simulator. Its tests are
/// skipped where the vocabulary, which the repository does not hold, is missing.
class CompiledDemo : public testing::Test {
 protected:
  void SetUp() override {
    std::string vocabulary;
    try {
      vocabulary = vocabulary_path(51865).string();
    } catch (const Error& absent) {
      GTEST_SKIP() << absent.what();
    }
    std::filesystem::create_directories(folder_ / "sdk/host/lib");
    std::filesystem::copy(SOTTO_SIMULATOR, folder_ / "sdk/host/lib/libneuron_adapter.so");
    expect_good({"export", "assets/demo/demo.pt", "--name", "demo", "--format", "all", "-o",
                 path("demo"), "--vocabulary", vocabulary, "--quiet"});
    expect_good({"compile", path("demo"), "--target", "mt8189", "--toolchain", "neuron", "--sdk",
                 path("sdk"), "--graph", "crosskv", "--graph", "step", "--graph", "prefill",
                 "--quiet"});
  }

  static void expect_good(const Words& words) {
    const ProgramRun run = run_sotto(words);
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }

  TempFolder folder_;
};

#endif

}  // namespace sotto::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "support/files.h"

namespace sotto::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class BenchCommand : public SmallModelTest {
 protected:
  ProgramRun bench(std::vector<std::string> more) const {
    std::vector<std::string> words{"bench", "-m", (folder_ / "model.pt").string(), "--seconds",
                                   "0"};
    words.insert(words.end(), more.begin(), more.end());
    return run_sotto(words);
  }
};

TEST_F(BenchCommand, ShowsATable) {
  const ProgramRun run = bench({"--threads", "1", "--audio", (folder_ / "tone.wav").string()});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(run.errors, "");
  for (const char* part :
       {"encoder", "GFLOP/s", "cross keys and values", "prefill, 4 tokens", "step, 8 rows",
        "step, 8 windows", "of the plain read", "1 thread\n", "real-time factor"}) {
    EXPECT_THAT(run.output, HasSubstr(part));
  }
}

TEST_F(BenchCommand, PrintsJson) {
  const ProgramRun run = bench({"--json"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  const json report = json::parse(run.output);
  EXPECT_EQ(report.at("step").size(), 4U);
  EXPECT_EQ(report.at("prefill").size(), 1U);  // 64 tokens are more than its context holds
  EXPECT_FALSE(report.contains("profile"));
  EXPECT_FALSE(report.contains("preparation"));
}

TEST_F(BenchCommand, WritesATrace) {
  const ProgramRun run = bench({"--profile", (folder_ / "trace.json").string()});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  for (const char* part : {"share", "preparation", "fuse_attention", "prepare"}) {
    EXPECT_THAT(run.output, HasSubstr(part));
  }
  const json trace = json::parse(read_file(folder_ / "trace.json"));
  std::size_t steps = 0, stages = 0;
  for (const json& event : trace.at("traceEvents")) {
    ++(event.at("cat") == "stage" ? stages : steps);
  }
  EXPECT_EQ(stages, 7U);
  EXPECT_GT(steps, 100U);
}

TEST_F(BenchCommand, RefusesWhatItCannotDo) {
  const ProgramRun folder = bench({"--profile", folder_.path().string()});
  EXPECT_EQ(folder.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(folder.errors)) << folder.errors;
  const ProgramRun backend = bench({"--backend", "abacus"});
  EXPECT_EQ(backend.exit_code, 2);
  EXPECT_THAT(backend.errors, HasSubstr("\"abacus\""));
  const ProgramRun model = run_sotto({"bench", "-m", (folder_ / "absent.pt").string()});
  EXPECT_EQ(model.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(model.errors)) << model.errors;
}

}  // namespace
}  // namespace sotto::test

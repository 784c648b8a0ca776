// File systems and limits that are not as everybody's, and several programs at once.
#include <algorithm>
#include <array>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "faults/fault_test.h"
#include "support/files.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using Words = std::vector<std::string>;

class Rules : public FaultTest {
 protected:
  [[nodiscard]] std::vector<Words> commands() const {
    return {export_words(), compile_words(), convert_words(), transcribe_words(),
            transcribe_words({"--resume"})};
  }

  /// What nobody has finished begins so.
  void expect_nothing_unfinished() const {
    for (const auto& [name, content] : state_of(work())) {
      EXPECT_FALSE(fs::path(name).filename().string().starts_with(".sotto-")) << name;
    }
  }
};

TEST_F(Rules, OfNfsForLocksAreKept) {
  begin_export();
  begin_convert();
  for (const Words& words : commands()) {
    const ProgramRun run = run_preloaded("SOTTO_FAULT_NFS=1", words);
    EXPECT_EQ(run.exit_code, 0) << words.front() << ": " << run.errors;
    EXPECT_EQ(run.errors, "");
    expect_nothing_unfinished();
  }
}

TEST_F(Rules, OfAnyUmaskLeaveNothing) {
  for (const Words& words : commands()) {
    const ProgramRun run = run_sotto_in_shell("umask 0477; exec \"$@\"", words);
    EXPECT_EQ(run.exit_code, 0) << words.front() << ": " << run.errors;
    expect_nothing_unfinished();
  }
  EXPECT_EQ(static_cast<int>(fs::status(in_work("models")).permissions()), 0300);
}

TEST_F(Rules, OfALimitForFilesKeepTheOldState) {
  begin_export();
  begin_convert();
  begin_transcribe();
  for (const Words& words : commands()) {
    const FolderState before = state_of(work());
    // In blocks of 512 bytes: less than any manifest, and nothing for a transcript. What is said
    // goes through a pipe, which has no such limit.
    const bool is_text = words.front() == "transcribe";
    const ProgramRun run = run_sotto_in_shell(
        concat("{ (ulimit -f ", is_text ? 0 : 1, "; exec \"$@\") 2>&1; echo $? >", path("code"),
               "; } | cat >&2; exit $(cat ", path("code"), ")"),
        words);
    EXPECT_EQ(run.exit_code, 1) << words.front();
    // A batch says it of each recording; the last is as good as any.
    const std::string& errors = run.errors;
    const std::size_t last = errors.rfind('\n', errors.size() - 2) + 1;
    EXPECT_TRUE(is_one_sentence(errors.substr(last))) << errors;
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), is_text ? 2 : 1) << errors;
    EXPECT_THAT(errors, EndsWith("File too large\n"));
    FolderState after = state_of(work());
    if (is_text)
      std::erase_if(after, [](const auto& one) { return one.first.starts_with("out/.sotto"); });
    EXPECT_TRUE(after == before) << words.front() << ": " << difference(before, after);
    expect_nothing_unfinished();
    restore(work(), before);
  }
}

TEST_F(Rules, OfTurnsAreKeptByCompilersOfOneBundle) {
  begin_export();
  struct Job {
    const char *target, *graph;
    std::string role;
  };
  // As many targets as this compiler has, one of them twice.
  const std::array<Job, 5> kJobs{
      {{"mt8371", "encoder", graph_role(GraphKind::encoder, Form::tflite)},
       {"mt8371", "step", graph_role(GraphKind::step, Form::tflite)},
       {"mt8189", "encoder", graph_role(GraphKind::encoder, Form::tflite)},
       {"mt6899", "encoder", graph_role(GraphKind::encoder, Form::tflite)},
       {"mt6991", "decoder", graph_role(GraphKind::decoder, Form::tflite)}}};
  std::vector<std::unique_ptr<RunningSotto>> programs;
  for (const Job& job : kJobs) {
    Words words = compile_words(job.target);
    words.insert(words.end(), {"--graph", job.graph});
    programs.push_back(std::make_unique<RunningSotto>(words));
  }
  for (const auto& program : programs) {
    const ProgramRun run = program->wait();
    EXPECT_EQ(run.exit_code, 0) << run.errors;
  }
  const Bundle bundle = Bundle::open(in_work("models"));
  bundle.check_hashes();
  for (const Job& job : kJobs) {
    EXPECT_TRUE(bundle.has(compiled_role(job.role, job.target, "dla"))) << job.target;
  }
  std::set<std::string> names{std::string(kManifestName)};
  for (const FileRecord& file : bundle.manifest().files) names.insert(file.name);
  EXPECT_EQ(names_in(bundle.folder()).size(), names.size());
  expect_nothing_unfinished();
}

}  // namespace
}  // namespace sotto::test

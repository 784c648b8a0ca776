// A file that somebody cuts short while the program has it mapped or reads it: the program ends
// with a sentence that names the file, and leaves what it would without having begun.
#include <algorithm>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "faults/fault_test.h"
#include "support/files.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using Words = std::vector<std::string>;

class CutFiles : public FaultTest {
 protected:
  /// Cuts a file at each call of a kind, in one run after another until there is none left; counts
  /// the runs that came to harm, which all say that the file was cut short. The others have done
  /// what the command does to whole files.
  int harmed(const std::string& kind, const std::string& file, const Words& words) {
    const FolderState before = state_of(work());
    const ProgramRun whole = run_sotto(words);
    EXPECT_EQ(whole.exit_code, 0) << whole.errors;
    const FolderState changed = state_of(work());
    restore(work(), before);
    const std::string content = read_file(file);
    int count = 0;
    for (int number = 1; number <= kMostCalls; ++number) {
      Fault fault{kind, number};
      fault.cut = file;
      const FaultyRun faulty = run_with(fault, words);
      write_file(file, content);
      if (!faulty.reached) break;
      SCOPED_TRACE(concat(kind, " ", number, " (", faulty.call, ") ", faulty.run.errors));
      const FolderState after = state_of(work());
      if (faulty.run.exit_code == 0) {
        EXPECT_EQ(without_times(faulty.run.output), without_times(whole.output));
        EXPECT_TRUE(after == changed) << difference(changed, after);
      } else {
        ++count;
        expect_told(file, faulty.run);
        EXPECT_TRUE(after == before) << difference(before, after);
      }
      restore(work(), before);
      if (HasFailure()) break;
    }
    return count;
  }

  /// What `--json` says at last is how long things took.
  static std::string without_times(const std::string& output) {
    return output.substr(0, output.find("\"audio_time\""));
  }

  static void expect_told(const std::string& file, const ProgramRun& run) {
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_TRUE(is_one_sentence(run.errors));
    EXPECT_THAT(run.errors, HasSubstr(file));
  }

  /// Writes nothing but what it would say.
  [[nodiscard]] Words transcribe(const std::string& model, const std::string& backend) const {
    return {"transcribe",
            path("r0.wav"),
            "-m",
            model,
            "--backend",
            backend,
            "-f",
            "none",
            "--quiet",
            "--json",
            "--language",
            "en",
            "--sample_len",
            "2",
            "--temperature_increment_on_fallback",
            "None"};
  }

  static constexpr int kMostCalls = 12;
};

TEST_F(CutFiles, AreNotExported) {
  begin_export();
  EXPECT_GE(harmed("write", path("b.pt"), export_words()), 3);
}

TEST_F(CutFiles, AreNotConverted) {
  begin_convert();
  EXPECT_GE(harmed("write", path("b.pt"), convert_words()), 3);
}

TEST_F(CutFiles, OfAModelEndATranscription) {
  EXPECT_GE(harmed("read", path("b.pt"), transcribe(path("b.pt"), "cpu")), 1);
  EXPECT_GE(harmed("map", path("b.pt"), transcribe(path("b.pt"), "cpu")), 1);
}

TEST_F(CutFiles, OfABundleEndATranscriptionOnEveryBackend) {
  Words words = export_words();
  *std::find(words.begin(), words.end(), "tflite") = "all";
  expect_success(words);
  const std::vector<std::pair<std::string, std::string>> kFilesRead{
      {"cpu", "encoder_quick_100.pt"},
      {"torchscript", "decoder_quick_16.pt"},
      {"litert", "encoder_quick_80x100.tflite"}};
  for (const auto& [backend, file] : kFilesRead) {
    const Words transcription = transcribe(in_work("models"), backend);
    if (const ProgramRun run = run_sotto(transcription); run.exit_code != 0) {
      std::cout << backend << " is left out: " << run.errors;
      continue;
    }
    EXPECT_GE(harmed("map", in_work("models/" + file), transcription), 1) << backend;
  }
}

}  // namespace
}  // namespace sotto::test

// Every call by which the program changes files or asks for memory fails once, the first, the
// second and so on: it says so in one sentence and leaves the old state or the new one.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "faults/fault_test.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// Whether a call's failure must be told, or may be made good or mean nothing: a sibling that
/// cannot be locked is no leftover, a file without a second name is copied, what is closed after it
/// is synced is whole, and a folder may be there already.
enum class Failure { told, told_or_harmless };

struct Kind {
  std::string name;
  int error;
  Failure failure;
};

const std::vector<Kind> kKinds{
    {"write", ENOSPC, Failure::told},
    {"fsync", EIO, Failure::told},
    {"rename", EIO, Failure::told},
    {"lock", ENOLCK, Failure::told_or_harmless},
    {"map", ENOMEM, Failure::told},
    {"open", EMFILE, Failure::told},
    {"mkdir", ENOSPC, Failure::told_or_harmless},
    {"chmod", EPERM, Failure::told},
    {"close", EIO, Failure::told_or_harmless},
    {"link", EMLINK, Failure::told_or_harmless},
    {"allocate", ENOMEM, Failure::told_or_harmless},
};

class Faults : public FaultTest {
 protected:
  /// Has every call of each kind fail once, in runs that begin with `before`. `check` is given
  /// what is there afterwards.
  template <class Check>
  void fail_each(const Words& words, const FolderState& before, const Check& check) {
    for (const Kind& kind : kKinds) {
      int number = 1;
      int harmless = 0;
      for (;; number += number < kEach ? 1 : number / kEach) {
        const FaultyRun faulty = run_with({kind.name, number, kind.error}, words);
        const FolderState after = state_of(work());
        if (!faulty.reached) break;
        SCOPED_TRACE(concat(kind.name, " ", number, " (", faulty.call, ") ", faulty.run.errors));
        harmless += faulty.run.exit_code == 0 ? 1 : 0;
        expect_told(kind, faulty.run);
        check(faulty.run, after);
        if (after != before) restore(work(), before);
        if (HasFailure()) return;
      }
      std::printf("%s: %s %d, of which %d did no harm\n", words.front().c_str(), kind.name.c_str(),
                  number - 1, harmless);
      restore(work(), before);
    }
  }

  static void expect_told(const Kind& kind, const ProgramRun& run) {
    if (run.exit_code == 0) {
      EXPECT_EQ(run.errors, "");
      EXPECT_EQ(kind.failure, Failure::told_or_harmless);
    } else {
      EXPECT_EQ(run.exit_code, 1);
      EXPECT_TRUE(is_one_sentence(run.errors));
    }
  }

  /// For commands that change a state in one step.
  void fail_each_in_one_step(const Words& words) {
    const FolderState before = state_of(work());
    expect_success(words);
    const FolderState whole = state_of(work());
    ASSERT_NE(before, whole);
    restore(work(), before);
    fail_each(words, before, [&](const ProgramRun& run, const FolderState& after) {
      EXPECT_TRUE(after == (run.exit_code == 0 ? whole : before))
          << difference(run.exit_code == 0 ? whole : before, after);
    });
    expect_success(words);
    EXPECT_TRUE(state_of(work()) == whole);
  }

  /// For batches, each of whose files is written in one step.
  void fail_each_in_a_batch(const Words& words) {
    const FolderState before = state_of(work());
    expect_success(words);
    const FolderState whole = state_of(work());
    ASSERT_NE(before, whole);
    restore(work(), before);
    fail_each(words, before, [&](const ProgramRun& run, const FolderState& after) {
      if (run.exit_code == 0) {
        EXPECT_TRUE(after == whole) << difference(whole, after);
      }
      expect_old_or_new_files(before, whole, after);
    });
    expect_success(words);
    EXPECT_TRUE(state_of(work()) == whole);
  }

  static void expect_old_or_new_files(const FolderState& before, const FolderState& whole,
                                      const FolderState& after) {
    for (const auto& [name, content] : after) {
      const bool is_old = before.contains(name) && before.at(name) == content;
      const bool is_new = whole.contains(name) && whole.at(name) == content;
      EXPECT_TRUE(is_old || is_new) << name;
    }
    for (const char* recording : {"r0", "r1"}) {
      if (!after.contains(concat("out/.sotto/", recording, ".json"))) continue;
      for (const char* ending : {".txt", ".vtt", ".srt", ".tsv", ".json"}) {
        const std::string name = concat("out/", recording, ending);
        EXPECT_TRUE(after.contains(name) && after.at(name) == whole.at(name)) << name;
      }
    }
  }

  static constexpr int kEach = 8;  ///< up to here every call, then ever fewer
};

TEST_F(Faults, KeepTheOldBundleOfAnExport) {
  begin_export();
  fail_each_in_one_step(export_words());
}

TEST_F(Faults, LeaveNothingOfAnExportWhereNothingWas) {
  Words words = export_words();
  words[3] = in_work("a/b/models");
  fail_each_in_one_step(words);
}

TEST_F(Faults, KeepTheOldFileOfAConversion) {
  begin_convert();
  fail_each_in_one_step(convert_words());
}

TEST_F(Faults, KeepTheOldBundleOfACompilation) {
  begin_export();
  fail_each_in_one_step(compile_words());
}

TEST_F(Faults, KeepEachFileOfABatch) {
  begin_transcribe();
  fail_each_in_a_batch(transcribe_words());
}

TEST_F(Faults, KeepWhatAResumedBatchHasFinished) {
  begin_transcribe();
  expect_success({"transcribe", path("r0.wav"), "-m", path("b.pt"), "-o", in_work("out"), "--quiet",
                  "--language", "en", "--temperature_increment_on_fallback", "None", "--sample_len",
                  "2", "--resume"});
  fail_each_in_a_batch(transcribe_words({"--resume"}));
}

}  // namespace
}  // namespace sotto::test

// Every call by which the program reads or changes files or asks for memory fails once, the first,
// the second and so on: it says so in one sentence and leaves the old state or the new one. Some of
// them do here, all of them with SOTTO_FAULTS=every (ten minutes).
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "faults/fault_test.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// Whether a call's failure must be told, or may be made good or mean nothing (a sibling that
/// cannot be locked is no leftover, a file without a second name is copied, what is closed after it
/// is synced is whole, and a folder may be there already), or leaves what the next run removes.
enum class Failure { told, told_or_harmless, leaves_for_the_next };

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
    {"read", EIO, Failure::told_or_harmless},
    {"remove", EIO, Failure::leaves_for_the_next},
    {"allocate", ENOMEM, Failure::told_or_harmless},
    {"new", ENOMEM, Failure::told_or_harmless},
};

/// Of how many calls each has its turn before ever fewer have: all of them with SOTTO_FAULTS=every,
/// but of the objects that are made, which are up to a hundred thousand.
int calls_in_a_row(const Kind& kind) {
  const char* asked = std::getenv("SOTTO_FAULTS");
  const bool every = asked != nullptr && std::string_view(asked) == "every";
  if (kind.name == "new") return every ? 64 : 2;
  return every ? std::numeric_limits<int>::max() : 8;
}

/// Without what an unfinished writing leaves beside its place.
FolderState without_leftovers(FolderState state) {
  std::erase_if(state, [](const auto& one) {
    return one.first.starts_with(".sotto-") || one.first.find("/.sotto-") != std::string::npos;
  });
  return state;
}

class Faults : public FaultTest {
 protected:
  /// Has every call of each kind fail once, in runs that begin with `before`. `check` is given
  /// what is there afterwards.
  template <class Check>
  void fail_each(const Words& words, const FolderState& before, const Check& check) {
    for (const Kind& kind : kKinds) {
      const int in_a_row = calls_in_a_row(kind);
      int number = 1;
      int runs = 0;
      int harmless = 0;
      for (;; number += number < in_a_row ? 1 : number / in_a_row) {
        const FaultyRun faulty = run_with({kind.name, number, kind.error}, words);
        if (!faulty.reached) break;
        SCOPED_TRACE(concat(kind.name, " ", number, " (", faulty.call, ") ", faulty.run.errors));
        ++runs;
        harmless += faulty.run.exit_code == 0 ? 1 : 0;
        expect_told(kind, faulty.run);
        const FolderState after = left_by(kind, words);
        check(faulty.run, after);
        if (state_of(work()) != before) restore(work(), before);
        if (HasFailure()) return;
      }
      std::printf("%s: %s: %d of fewer than %d, of which %d did no harm\n", words.front().c_str(),
                  kind.name.c_str(), runs, number, harmless);
      restore(work(), before);
    }
  }

  /// What is there now; where things could not be removed, without those that the next run removes.
  FolderState left_by(const Kind& kind, const Words& words) {
    FolderState left = state_of(work());
    if (kind.failure != Failure::leaves_for_the_next) return left;
    expect_success(words);
    EXPECT_EQ(state_of(work()), without_leftovers(state_of(work()))) << "not removed by the next";
    return without_leftovers(std::move(left));
  }

  static void expect_told(const Kind& kind, const ProgramRun& run) {
    if (run.exit_code == 0) {
      EXPECT_EQ(run.errors, "");
      EXPECT_NE(kind.failure, Failure::told);
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

#include <csignal>
#include <cstdio>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/error.h"
#include "core/base/input_file.h"
#include "core/base/mapped_file.h"
#include "core/base/mapping_guard.h"
#include "core/base/output_file.h"
#include "core/base/staged_folder.h"
#include "core/base/unfinished.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using test::names_in;
using test::TempFolder;
using test::write_file;
using testing::ElementsAre;

constexpr std::size_t kBytes = 1 << 16;
constexpr int kToldAndEnded = 3;

/// As a program does: says the sentence, leaves nothing and ends.
void guard() {
  guard_mappings([](const std::string& sentence) {
    std::fprintf(stderr, "%s\n", sentence.c_str());
    remove_unfinished();
    ::_exit(kToldAndEnded);
  });
}

std::byte last_of(const MappedFile& file) {
  return *static_cast<const volatile std::byte*>(&file.bytes().back());
}

class MappingGuard : public testing::Test {
 protected:
  void SetUp() override { write_file(path_, std::string(kBytes, 'x')); }

  void cut() const { fs::resize_file(path_, 10); }

  /// In a process of its own: `act` meets the end of the file, which is cut short.
  template <class Act>
  void expect_told(Act act) {
    const auto run = [&] {
      guard();
      act();
      ::_exit(0);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(kToldAndEnded),
                testing::HasSubstr(path_.string() + ": expected it to stay as it was while it was "
                                                    "read, found it cut short\n"));
    EXPECT_THAT(names_in(folder_.path()), ElementsAre("a file"));
  }

  TempFolder folder_;
  fs::path path_ = folder_ / "a file";
};

TEST_F(MappingGuard, NamesAFileThatIsCutShortAndLeavesNothing) {
  expect_told([&] {
    const StagedFolder staged(folder_ / "models");
    const auto file = MappedFile::open(path_);
    cut();
    (void)last_of(*file);
  });
}

TEST_F(MappingGuard, WorksInAnyThreadAndForSeveralAtOnce) {
  expect_told([&] {
    const auto file = MappedFile::open(path_);
    cut();
    std::thread one([&] { (void)last_of(*file); }), other([&] { (void)last_of(*file); });
    one.join();
    other.join();
  });
}

TEST_F(MappingGuard, SeesWhatASystemCallCouldNotRead) {
  expect_told([&] {
    const auto file = MappedFile::open(path_);
    cut();
    StagedFolder staged(folder_ / "models");
    OutputFile(staged.path() / "copy", "copy").write(file->bytes());
  });
}

TEST_F(MappingGuard, NamesAFileThatWasReplacedAfterwards) {
  expect_told([&] {
    const auto file = MappedFile::open(path_);
    cut();
    fs::remove(path_);
    write_file(path_, std::string(kBytes, 'y'));
    (void)last_of(*file);
  });
}

TEST_F(MappingGuard, LeavesOtherBusErrorsAsTheyAre) {
  const auto run = [] {
    guard();
    ::raise(SIGBUS);
    ::_exit(0);
  };
  EXPECT_EXIT(run(), testing::KilledBySignal(SIGBUS), "");
}

TEST_F(MappingGuard, TouchesNothingWhereNobodyGuards) {
  const auto file = MappedFile::open(path_);
  cut();
  touch_guarded(file->bytes());
  EXPECT_THROW(OutputFile(folder_ / "copy", "copy").write(file->bytes().last(4096)), Error);
}

}  // namespace
}  // namespace sotto

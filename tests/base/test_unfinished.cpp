#include <thread>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/atomic_file.h"
#include "core/base/scratch_file.h"
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
using testing::IsEmpty;

/// Runs `act` and remove_unfinished() in a process of their own.
template <class Act>
void end_early(Act act) {
  EXPECT_EXIT(
      {
        act();
        ::_exit(1);
      },
      testing::ExitedWithCode(0), "");
}

[[noreturn]] void clean_and_exit() {
  remove_unfinished();
  ::_exit(0);
}

TEST(Unfinished, IsRemovedWithItsSiblingsAndParents) {
  const TempFolder folder;
  write_file(folder / "old", "old");
  end_early([&] {
    AtomicFile file(folder / "old");
    file.write_text("half");
    StagedFolder staged(folder / "a" / "b" / "models");
    write_file(staged.path() / "weights", "half");
    ::setenv("TMPDIR", folder.path().c_str(), 1);
    const ScratchFile scratch;
    EXPECT_EQ(names_in(folder.path()).size(), 4U);
    clean_and_exit();
  });
  EXPECT_THAT(names_in(folder.path()), ElementsAre("old"));
}

TEST(Unfinished, LeavesWhatIsFinished) {
  const TempFolder folder;
  end_early([&] {
    AtomicFile file(folder / "a");
    file.commit();
    StagedFolder staged(folder / "parent" / "b");
    staged.commit();
    clean_and_exit();
  });
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a", "parent"));
  EXPECT_THAT(names_in(folder / "parent"), ElementsAre("b"));
}

TEST(Unfinished, GoesWhileOthersStillWriteIntoIt) {
  for (int i = 0; i < 10; ++i) {
    const TempFolder folder;
    end_early([&] {
      StagedFolder staged(folder / "models");
      std::thread([&] {
        for (int file = 0;; ++file) write_file(staged.path() / std::to_string(file), "content");
      }).detach();
      while (names_in(staged.path()).size() < 10) {
      }
      clean_and_exit();
    });
    EXPECT_THAT(names_in(folder.path()), IsEmpty());
  }
}

TEST(Unfinished, NothingIsBegunAfterwards) {
  const TempFolder folder;
  end_early([&] {
    std::thread([&] {
      for (;;) {
        AtomicFile file(folder / "a");
        file.write_text("text");
      }
    }).detach();
    ::usleep(2000);
    clean_and_exit();
  });
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

}  // namespace
}  // namespace sotto

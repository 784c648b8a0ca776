#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/staged_folder.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using test::names_in;
using test::read_file;
using test::TempFolder;
using test::write_file;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

template <class Act>
std::string message_of(Act act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(AtomicFile, AppearsCompleteAndReplacesWhatWasThere) {
  const TempFolder folder;
  write_file(folder / "a.pt", "old");
  {
    AtomicFile file(folder / "a.pt");
    file.write_text("ne");
    EXPECT_EQ(read_file(folder / "a.pt"), "old");
    file.write_text("w");
    file.commit();
  }
  EXPECT_EQ(read_file(folder / "a.pt"), "new");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.pt"));
}

TEST(AtomicFile, HasThePermissionsOfAnyNewFile) {
  const TempFolder folder;
  const ::mode_t mask = ::umask(027);
  AtomicFile file(folder / "a.pt");
  file.commit();
  ::umask(mask);
  EXPECT_EQ(static_cast<int>(fs::status(folder / "a.pt").permissions()), 0640);
}

TEST(AtomicFile, LeavesNoTraceWithoutCommit) {
  const TempFolder folder;
  write_file(folder / "a.pt", "old");
  { AtomicFile(folder / "a.pt").write_text("new"); }
  EXPECT_EQ(read_file(folder / "a.pt"), "old");
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.pt"));
}

TEST(AtomicFile, WritesThroughASymbolicLink) {
  const TempFolder folder;
  write_file(folder / "real.pt", "old");
  fs::create_symlink("real.pt", folder / "link.pt");
  AtomicFile file(folder / "link.pt");
  file.write_text("new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(folder / "link.pt"));
  EXPECT_EQ(read_file(folder / "real.pt"), "new");
}

TEST(AtomicFile, RefusesWhatIsNoFile) {
  const TempFolder folder;
  const auto open = [](const fs::path& path) {
    return message_of([&] { const AtomicFile file(path); });
  };
  EXPECT_THAT(open(folder.path()), HasSubstr("expected a place for a file, found a folder"));
  EXPECT_THAT(open("/dev/null"), HasSubstr("found something that is no regular file"));
  EXPECT_THAT(open(folder / "missing" / "a.pt"), HasSubstr("No such file or directory"));
  EXPECT_THAT(open(""), testing::Not("no error"));
}

TEST(AtomicFile, SaysWhenTheFileGrowsTooLarge) {
  const TempFolder folder;
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const ::rlimit limit{1000, before.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string message = message_of([&] {
    AtomicFile file(folder / "a.pt");
    file.write_text(std::string(2000, 'x'));
  });
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, (folder / "a.pt").string() + ": cannot be written: File too large");
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(Staging, RemovesWhatAKilledProcessLeftButNothingElse) {
  const TempFolder folder;
  fs::create_directory(folder / ".models.sotto-abc123");
  write_file(folder / ".models.sotto-abc123" / "weights", "half");
  write_file(folder / ".other.sotto-abc123", "of another target");
  write_file(folder / ".models.sotto-abc1234", "no name of ours");
  fs::create_directory(folder / ".models.sotto-live00");
  const int lock = ::open((folder / ".models.sotto-live00").c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  { const StagedFolder staged(folder / "models"); }
  ::close(lock);
  EXPECT_THAT(names_in(folder.path()),
              ElementsAre(".models.sotto-abc1234", ".models.sotto-live00", ".other.sotto-abc123"));
}

TEST(StagedFolder, TakesTheTargetsPlace) {
  const TempFolder folder;
  for (const std::string content : {"first", "second"}) {
    StagedFolder staged(folder / "models/");
    write_file(staged.path() / content, content);
    staged.commit();
    EXPECT_THAT(names_in(folder / "models"), ElementsAre(content));
  }
  EXPECT_THAT(names_in(folder.path()), ElementsAre("models"));
}

TEST(StagedFolder, ReplacesAnEmptyFolderAndTheFolderBehindALink) {
  const TempFolder folder;
  fs::create_directory(folder / "real");
  fs::create_symlink("real", folder / "link");
  for (const std::string content : {"first", "second"}) {
    StagedFolder staged(folder / "link");
    write_file(staged.path() / content, content);
    staged.commit();
    EXPECT_THAT(names_in(folder / "real"), ElementsAre(content));
  }
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
}

TEST(StagedFolder, MakesParentsAndTakesThemBackWithoutCommit) {
  const TempFolder folder;
  { const StagedFolder staged(folder / "a" / "b" / "models"); }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
  StagedFolder staged(folder / "a" / "b" / "models");
  staged.commit();
  EXPECT_THAT(names_in(folder / "a" / "b"), ElementsAre("models"));
}

TEST(StagedFolder, RefusesWhatHasNoParent) {
  EXPECT_THAT(message_of([] { const StagedFolder staged("/"); }), HasSubstr("cannot be replaced"));
}

}  // namespace
}  // namespace sotto

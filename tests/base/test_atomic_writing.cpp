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
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using test::names_in;
using test::read_file;
using test::TempFolder;
using test::write_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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
    return test::refusal_of([&] { const AtomicFile file(path); });
  };
  EXPECT_THAT(open(folder.path()), HasSubstr("expected a place for a file, found a folder"));
  EXPECT_THAT(open("/dev/null"), HasSubstr("found something that is no regular file"));
  EXPECT_THAT(open(folder / "missing" / "a.pt"), HasSubstr("No such file or directory"));
  EXPECT_THAT(open(""), testing::Not(""));
}

TEST(AtomicFile, SaysWhenTheFileGrowsTooLarge) {
  const TempFolder folder;
  ::rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const ::rlimit limit{1000, before.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  const std::string message = test::refusal_of([&] {
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
  const std::string ours = sibling_name("models") + "-", others = sibling_name("other") + "-";
  fs::create_directory(folder / (ours + "abc123"));
  write_file(folder / (ours + "abc123") / "weights", "half");
  write_file(folder / (ours + "abc123.lock"), "");
  fs::create_directory(folder / (ours + "nolock"));
  write_file(folder / (ours + "single.lock"), "");
  write_file(folder / (ours + "file00"), "half");
  write_file(folder / (others + "abc123"), "of another target");
  write_file(folder / (ours + "abc1234"), "no name of ours");
  fs::create_symlink("elsewhere", folder / (ours + "link00"));
  fs::create_directory(folder / (ours + "live00"));
  write_file(folder / (ours + "live00.lock"), "");
  const int lock = ::open((folder / (ours + "live00.lock")).c_str(), O_WRONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  { const StagedFolder staged(folder / "models"); }
  ::close(lock);
  EXPECT_THAT(names_in(folder.path()),
              UnorderedElementsAre(ours + "abc1234", ours + "link00", ours + "live00",
                                   ours + "live00.lock", others + "abc123"));
}

TEST(Staging, LeavesAnotherInTheMakingAlone) {
  const TempFolder folder;
  for (const auto kind : {Staging::Kind::file, Staging::Kind::folder}) {
    const Staging first(folder / "a", kind), second(folder / "a", kind);
    EXPECT_TRUE(fs::exists(first.path()));
    EXPECT_TRUE(fs::exists(second.path()));
  }
  EXPECT_THAT(names_in(folder.path()), IsEmpty());
}

TEST(Staging, TakesATargetWithTheLongestName) {
  const TempFolder folder;
  const std::string name(255, 'n');
  AtomicFile file(folder / name);
  file.write_text("text");
  file.commit();
  EXPECT_EQ(read_file(folder / name), "text");
  const std::string other(255, 'm');
  StagedFolder staged(folder / other);
  write_file(staged.path() / "a", "text");
  staged.commit();
  EXPECT_THAT(names_in(folder.path()), ElementsAre(other, name));
}

/// For whom permissions count, which they do not for root.
class AsNobody {
 public:
  AsNobody() {
    constexpr ::uid_t kNobody = 65534;
    if (user_ == 0 && ::seteuid(kNobody) != 0) ADD_FAILURE() << "cannot be nobody";
  }
  ~AsNobody() { EXPECT_EQ(::seteuid(user_), 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;

 private:
  ::uid_t user_ = ::geteuid();
};

TEST(Staging, WorksUnderAnyUmask) {
  const TempFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  const ::mode_t mask = ::umask(0477);
  {
    const AsNobody nobody;
    AtomicFile file(folder / "a.pt");
    file.write_text("text");
    file.commit();
    StagedFolder staged(folder / "models");
    OutputFile(staged.path() / "b", "b").write_text("text");
    staged.commit();
    const StagedFolder forgotten(folder / "others");
  }
  ::umask(mask);
  EXPECT_EQ(static_cast<int>(fs::status(folder / "a.pt").permissions()), 0200);
  EXPECT_EQ(static_cast<int>(fs::status(folder / "models").permissions()), 0300);
  EXPECT_THAT(names_in(folder.path()), ElementsAre("a.pt", "models"));
}

TEST(Staging, SaysWhatIsWrongWithTheFolder) {
  const TempFolder folder;
  fs::permissions(folder.path(), fs::perms(0555));
  const AsNobody nobody;
  EXPECT_EQ(test::refusal_of([&] { const AtomicFile file(folder / "a"); }),
            (folder / "a").string() + ": cannot be written: Permission denied");
  EXPECT_THAT(test::refusal_of([&] { const StagedFolder staged(folder / "a"); }),
              AllOf(HasSubstr((folder / "a").string() + ": cannot be locked"),
                    EndsWith(": Permission denied")));
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
  EXPECT_THAT(test::refusal_of([] { const StagedFolder staged("/"); }),
              HasSubstr("cannot be replaced"));
}

}  // namespace
}  // namespace sotto

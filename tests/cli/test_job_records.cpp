// The folder of records where it cannot be made, or is not what it should be.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/error.h"
#include "job_records.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Records : public testing::Test {
 protected:
  [[nodiscard]] std::string refusal(JobRecords::Make make = JobRecords::Make::where_missing) const {
    return test::expect_error(ErrorKind::io, folder_.path().string(),
                              [&] { const JobRecords records(folder_.path(), make); });
  }

  test::TempFolder folder_;
};

/// Root may write anywhere; nobody may not.
class AsNobody {
 public:
  AsNobody() : was_root_(::geteuid() == 0), is_(!was_root_ || ::seteuid(65534) == 0) {}
  ~AsNobody() {
    if (was_root_ && is_) static_cast<void>(!::seteuid(0));
  }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
  explicit operator bool() const { return is_; }

 private:
  bool was_root_, is_;
};

TEST_F(Records, InAFolderThatMustNotBeWrittenSayWhy) {
  fs::permissions(folder_.path(), static_cast<fs::perms>(0555));
  std::string told;
  {
    const AsNobody nobody;
    if (!nobody) GTEST_SKIP() << "cannot become another user";
    told = refusal();
  }
  EXPECT_EQ(told, (folder_ / ".sotto").string() + ": cannot be made: Permission denied");
}

TEST_F(Records, TakeNothingElseForTheirFolder) {
  test::write_file(folder_ / ".sotto", "");
  EXPECT_THAT(refusal(), HasSubstr("expected a folder of records, found a file"));
  EXPECT_THAT(refusal(JobRecords::Make::never), HasSubstr("found a file"));
  fs::remove(folder_ / ".sotto");
  fs::create_directory(folder_ / "elsewhere");
  fs::create_directory_symlink(folder_ / "elsewhere", folder_ / ".sotto");
  EXPECT_THAT(refusal(), HasSubstr("expected a folder of records, found a link"));
  EXPECT_TRUE(fs::is_empty(folder_ / "elsewhere"));
}

TEST_F(Records, TakeNothingElseForTheirLock) {
  fs::create_directory(folder_ / ".sotto");
  const std::vector<std::pair<std::string, std::function<void(const fs::path&)>>> others{
      {"a link", [&](const fs::path& lock) { fs::create_symlink(folder_ / "target", lock); }},
      {"a folder", [](const fs::path& lock) { fs::create_directory(lock); }},
      {"something else", [](const fs::path& lock) { ::mkfifo(lock.c_str(), 0600); }}};
  for (const auto& [what, make] : others) {
    make(folder_ / ".sotto/lock");
    EXPECT_EQ(refusal(),
              (folder_ / ".sotto/lock").string() + ": expected a file to lock, found " + what);
    fs::remove(folder_ / ".sotto/lock");
  }
  EXPECT_FALSE(fs::exists(folder_ / "target"));
}

TEST_F(Records, NeitherReadNorWriteThroughALink) {
  JobRecords records(folder_.path(), JobRecords::Make::where_missing);
  test::write_file(folder_ / "a.txt", "text");
  const nlohmann::json job{{"model", "m"}};
  const std::vector<OutputFormat> formats{OutputFormat::txt};
  records.remember("a", job, formats);
  ASSERT_EQ(records.finished("a", job), formats);
  const fs::path record = folder_ / ".sotto/a.json";
  fs::rename(record, folder_ / "target");
  fs::create_symlink(folder_ / "target", record);
  EXPECT_TRUE(records.finished("a", job).empty());
  test::write_file(folder_ / "target", "mine");
  records.remember("a", job, formats);
  EXPECT_EQ(test::read_file(folder_ / "target"), "mine");
  EXPECT_FALSE(fs::is_symlink(record));
  EXPECT_EQ(records.finished("a", job), formats);
}

}  // namespace
}  // namespace sotto::cli

#include <chrono>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "gmock/gmock.h"

#include "core/bundle/bundle.h"
#include "core/bundle/sha256.h"
#include "exporter/exporter_test.h"
#include "support/files.h"

namespace sotto {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;
using test::names_in;
using test::read_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

// An export in a process of its own; what it says is kept in a file.
class ExportProcess {
 public:
  ExportProcess(std::vector<std::string> arguments, const std::string& log) {
    arguments.insert(arguments.begin(), SOTTO_EXPORT_ONCE);
    std::vector<char*> pointers;
    pointers.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    ::posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT_EQ(::posix_spawn(&id_, SOTTO_EXPORT_ONCE, &actions, nullptr, pointers.data(), environ),
              0);
    ::posix_spawn_file_actions_destroy(&actions);
  }

  void kill() const { ::kill(id_, SIGKILL); }

  /// The exit code, or −1 for a process that was killed.
  [[nodiscard]] int wait() const {
    int status = 0;
    ::waitpid(id_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  ::pid_t id_ = 0;
};

class AtomicExportTest : public test::ExporterTest {
 protected:
  ExportProcess start(std::uint64_t seed, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{checkpoint(seed).string(), target().string(), "small",
                                       vocabulary().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return {std::move(arguments), log()};
  }

  [[nodiscard]] std::string log() const { return (folder() / "log").string(); }

  /// The seed of the checkpoint that the bundle, which must be whole, was made from.
  std::uint64_t exported_seed() {
    const Bundle bundle = Bundle::open(target());
    bundle.check_hashes();
    EXPECT_EQ(names_in(target()).size(), bundle.manifest().files.size() + 1);
    for (const std::uint64_t seed : {1U, 2U}) {
      if (bundle.manifest().source.sha256 == sha256_of_file(checkpoint(seed))) return seed;
    }
    ADD_FAILURE() << "the bundle is neither the old one nor the new one";
    return 0;
  }
};

TEST_F(AtomicExportTest, AKillLeavesTheOldBundleOrTheNewOne) {
  constexpr int kKills = 200;
  ASSERT_EQ(start(1).wait(), 0);
  const auto begin = Clock::now();
  ASSERT_EQ(start(2).wait(), 0);
  const auto whole = std::chrono::duration_cast<microseconds>(Clock::now() - begin);

  std::mt19937 random(20250625);
  std::uniform_int_distribution<microseconds::rep> moment(0, whole.count() * 5 / 4);
  int kept = 0;
  int replaced = 0;
  for (int i = 0; i < kKills; ++i) {
    const std::uint64_t old_seed = exported_seed();
    const ExportProcess process = start(3 - old_seed);
    std::this_thread::sleep_for(microseconds(moment(random)));
    process.kill();
    (void)process.wait();
    (exported_seed() == old_seed ? kept : replaced)++;
    ASSERT_FALSE(HasFailure()) << "after kill " << i;
  }
  EXPECT_GT(kept, 0);
  EXPECT_GT(replaced, 0);
  std::printf("%d kills left the old bundle, %d the new one\n", kept, replaced);

  ASSERT_EQ(start(1).wait(), 0);
  EXPECT_THAT(names_in(parent()), ElementsAre("models")) << "leftovers of the killed";
}

TEST_F(AtomicExportTest, AFullDiskLeavesTheOldBundle) {
  ASSERT_EQ(start(1).wait(), 0);
  for (const char* bytes : {"1000", "5000", "300000", "700000"}) {
    EXPECT_EQ(start(2, {bytes}).wait(), 1) << bytes;
    EXPECT_THAT(read_file(log()),
                AllOf(HasSubstr((target() / "").string()), EndsWith("File too large\n")));
    EXPECT_EQ(exported_seed(), 1U);
    EXPECT_THAT(names_in(parent()), ElementsAre("models"));
  }
}

TEST_F(AtomicExportTest, AFullDiskLeavesNothingWhereNothingWas) {
  EXPECT_EQ(start(1, {"5000"}).wait(), 1);
  EXPECT_THAT(names_in(parent()), IsEmpty());
}

TEST_F(AtomicExportTest, ExportsAtTheSameTimeDoNotMix) {
  ASSERT_EQ(start(1).wait(), 0);
  for (int i = 0; i < 10; ++i) {
    const ExportProcess first = start(1);
    const ExportProcess second = start(2);
    EXPECT_EQ(first.wait(), 0) << read_file(log());
    EXPECT_EQ(second.wait(), 0) << read_file(log());
    EXPECT_NE(exported_seed(), 0U);
  }
}

}  // namespace
}  // namespace sotto

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/base/process_group.h"
#include "support/processes.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Command shell(const std::string& script) { return {"sh", {"-c", script}, {}, {}}; }

TEST(RunCommand, GivesBothStreamsAndTheExitCode) {
  const CommandResult result = run_command(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

TEST(RunCommand, SaysWhichSignalEndedIt) {
  EXPECT_EQ(run_command(shell("kill -9 $$")).exit_code, 128 + 9);
}

TEST(RunCommand, HandsOnWholeLinesAsTheyCome) {
  std::vector<std::string> lines;
  (void)run_command(shell("printf 'a\\nb'; printf 'c\\nd'"),
                    [&](std::string_view line) { lines.emplace_back(line); });
  EXPECT_THAT(lines, ElementsAre("a", "bc", "d"));
}

TEST(RunCommand, KeepsTheEndOfEndlessOutput) {
  const CommandResult result = run_command(shell("yes | head -c 5000000; echo; echo the end"));
  EXPECT_LE(result.output.size(), 1U << 20U);
  EXPECT_TRUE(result.output.ends_with("the end\n"));
}

TEST(RunCommand, QuotesAndExpandsNothing) {
  const Command command{"printf", {"%s|", "a b", "$HOME", "*", "", "it's"}, {}, {}};
  EXPECT_EQ(run_command(command).output, "a b|$HOME|*||it's|");
}

TEST(RunCommand, PassesEnvironmentAndFolderOn) {
  const TempFolder folder;
  Command command = shell("echo $GIVEN; pwd");
  command.environment = {{"GIVEN", "a value"}};
  command.directory = folder / "";
  const auto real = std::filesystem::canonical(folder / "").string();
  EXPECT_EQ(run_command(command).output, concat("a value\n", real, "\n"));
}

TEST(RunCommand, ReadsNothingFromOurInput) {
  EXPECT_EQ(run_command(shell("cat; echo done")).output, "done\n");
}

// What a shell that has ended left behind holds the output open.
TEST(RunCommand, IsNotHeldByWhatTheCommandLeftBehind) {
  const auto begin = std::chrono::steady_clock::now();
  const CommandResult result = run_command(shell("sleep 100 & echo $!; exit 3"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_TRUE(ends_soon(std::stoi(result.output)));
}

TEST(RunCommand, IsNotHeldByWhatLeftTheGroupOrNeverFallsSilent) {
  for (const char* script : {"setsid sleep 30 & echo $!", "setsid yes & echo $! >&2; sleep 0.1"}) {
    const auto begin = std::chrono::steady_clock::now();
    const CommandResult result = run_command(shell(script));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20)) << script;
    EXPECT_EQ(result.exit_code, 0);
  }
}

TEST(RunCommand, ReadsAllThatWasWrittenBeforeTheEnd) {
  const CommandResult result =
      run_command(shell("sleep 100 & seq 1 50000; echo the end"), [](std::string_view) {});
  EXPECT_TRUE(result.output.ends_with("50000\nthe end\n"));
}

TEST(RunCommand, EndsTheCommandWhenItsLogFails) {
  ::pid_t process = 0;
  EXPECT_THROW((void)run_command(shell("echo $$; exec sleep 100"),
                                 [&](std::string_view line) {
                                   process = std::stoi(std::string(line));
                                   throw std::runtime_error("no room");
                                 }),
               std::runtime_error);
  EXPECT_TRUE(ends_soon(process));
}

TEST(RunCommand, HandsOnTheVariablesThatToolsNeedAndNoOthers) {
  const std::array<std::pair<const char*, bool>, 10> variables{{{"MTK_SETTING", true},
                                                                {"LC_TIME", true},
                                                                {"MTKD_LICENSE_FILE", true},
                                                                {"SOTTO_SETTING", true},
                                                                {"EXTRA_TWO", true},
                                                                {"EXTRA", false},
                                                                {"LD_AUDIT_OF_MINE", false},
                                                                {"PYTHONPATH", false},
                                                                {"PYTHONSTARTUP", false},
                                                                {"BASH_ENV", false}}};
  ::setenv("SOTTO_TOOL_ENVIRONMENT", "EXTRA_ONE,EXTRA_TWO", 1);
  for (const auto& [name, handed_on] : variables) ::setenv(name, "given", 1);
  const std::string output = "\n" + run_command({"env", {}, {}, {}}).output;
  for (const auto& [name, handed_on] : variables) {
    EXPECT_EQ(output.find(concat("\n", name, "=given\n")) != std::string::npos, handed_on) << name;
    ::unsetenv(name);
  }
  ::unsetenv("SOTTO_TOOL_ENVIRONMENT");
  EXPECT_THAT(output, HasSubstr("\nPATH="));
}

TEST(RunCommand, LetsNoSignalBeIgnoredOrBlockedThatOnlyWeIgnoreOrBlock) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  ::sigset_t terminate, old;
  ::sigemptyset(&terminate);
  ::sigaddset(&terminate, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &terminate, &old);
  const std::string output = run_command({"grep", {"Sig", "/proc/self/status"}, {}, {}}).output;
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
  std::signal(SIGPIPE, before);
  EXPECT_THAT(output, HasSubstr("SigBlk:\t0000000000000000\n"));
  const std::size_t at = output.find("SigIgn:\t");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(std::stoull(output.substr(at + 8, 16), nullptr, 16) & (1U << (SIGPIPE - 1)), 0U);
}

/// Calls `run` in a process of its own, and waits for the two numbers that it writes to the file
/// `pids` of the folder.
struct Forked {
  Forked(const TempFolder& folder, const std::function<void()>& run) {
    process = ::fork();
    if (process == 0) {
      try {
        run();
      } catch (const std::exception&) {
        ::_exit(3);
      }
      ::_exit(0);
    }
    const bool known = comes_true([&] {
      std::ifstream file(folder / "pids");
      return static_cast<bool>(file >> leader >> member);
    });
    EXPECT_TRUE(known);
  }

  [[nodiscard]] int wait() const {
    int status = 0;
    ::waitpid(process, &status, 0);
    return status;
  }

  ::pid_t process = 0, leader = 0, member = 0;
};

Command two_sleepers(const TempFolder& folder) {
  return shell(concat("sleep 100 & echo $$ $! >", (folder / "pids").string(), "; wait"));
}

TEST(ProcessGroup, EndsWithAProcessThatIsKilled) {
  const TempFolder folder;
  const Forked killed(folder, [&] { (void)run_command(two_sleepers(folder)); });
  EXPECT_TRUE(is_running(killed.leader) && is_running(killed.member));
  ::kill(killed.process, SIGKILL);
  (void)killed.wait();
  EXPECT_TRUE(ends_soon(killed.leader));
  EXPECT_TRUE(ends_soon(killed.member));
}

TEST(ProcessGroup, EndsWithAProcessThatSpeaksWithItAndIsKilled) {
  const TempFolder folder;
  const Forked killed(folder, [&] {
    ChildProcess child(two_sleepers(folder), folder / "errors");
    std::array<std::byte, 1> answer{};
    child.read(answer);
  });
  ::kill(killed.process, SIGKILL);
  (void)killed.wait();
  EXPECT_TRUE(ends_soon(killed.leader));
  EXPECT_TRUE(ends_soon(killed.member));
}

TEST(ProcessGroup, EndsWhenAllAreEndedAndNoneIsStartedAfterwards) {
  const TempFolder folder;
  const Forked ended(folder, [&] {
    std::thread another([&] {
      if (comes_true([&] { return std::ifstream(folder / "go").good(); })) end_children();
    });
    const int code = run_command(two_sleepers(folder)).exit_code;
    another.join();
    try {
      (void)run_command(shell("exit 0"));
      ::_exit(1);
    } catch (const Error& error) {
      ::_exit(code == 128 + SIGTERM && error.kind() == ErrorKind::io ? 0 : 2);
    }
  });
  EXPECT_TRUE(is_running(ended.member));
  std::ofstream(folder / "go") << "now";
  EXPECT_EQ(ended.wait(), 0);
  EXPECT_TRUE(ends_soon(ended.member));
}

TEST(RunCommand, RefusesAProgramThatIsNotThere) {
  try {
    (void)run_command({"no-such-program-here", {}, {}, {}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr("no-such-program-here"));
  }
}

TEST(CommandText, CanBeTypedIntoAShell) {
  const Command command{
      "/opt/a b/ncc", {"--arch=mdla5.3,edma3.6", "it's", ""}, {{"LIB", "x y"}}, {}};
  EXPECT_EQ(to_string(command), R"(LIB='x y' '/opt/a b/ncc' --arch=mdla5.3,edma3.6 'it'\''s' '')");
}

TEST(FindProgram, LooksInPathOnlyForPlainNames) {
  EXPECT_TRUE(find_program("sh"));
  EXPECT_FALSE(find_program("./sh"));
  EXPECT_FALSE(find_program("/"));
  EXPECT_FALSE(find_program(""));
}

TEST(ChildProcess, AnswersWhatItIsTold) {
  const TempFolder folder;
  ChildProcess child({"cat", {}, {}, {}}, folder / "errors");
  for (const char* text : {"one", "two"}) {
    std::array<std::byte, 3> bytes{}, answer{};
    std::memcpy(bytes.data(), text, 3);
    child.write(bytes);
    child.read(answer);
    EXPECT_EQ(answer, bytes);
  }
}

TEST(ChildProcess, SaysThatItHasEnded) {
  const TempFolder folder;
  ChildProcess child(shell("echo why >&2"), folder / "errors");
  std::array<std::byte, 1> answer{};
  EXPECT_THROW(child.read(answer), Error);
  const std::vector<std::byte> much(1 << 20);
  EXPECT_THROW(child.write(much), Error);  // and no SIGPIPE
  std::ifstream errors(folder / "errors");
  std::string line;
  std::getline(errors, line);
  EXPECT_EQ(line, "why");
}

// A socket and a pipe that a sleeper still holds.
TEST(ChildProcess, SaysThatItHasEndedThoughItLeftSomethingBehind) {
  const TempFolder folder;
  ChildProcess child(shell("exec 3<&0; sleep 100 <&3 & exit 0"), folder / "errors");
  std::array<std::byte, 1> answer{};
  EXPECT_THROW(child.read(answer), Error);
  EXPECT_THROW(child.write(std::vector<std::byte>(1 << 22)), Error);
}

TEST(ChildProcess, IsEndedWhenNobodyWantsIt) {
  const TempFolder folder;
  { const ChildProcess child(shell("trap '' HUP TERM; sleep 100"), folder / "errors"); }
  SUCCEED();  // came back
}

}  // namespace
}  // namespace sotto::test

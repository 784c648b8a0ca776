#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/child_process.h"
#include "core/base/error.h"
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

TEST(ChildProcess, IsEndedWhenNobodyWantsIt) {
  const TempFolder folder;
  { const ChildProcess child(shell("trap '' HUP TERM; sleep 100"), folder / "errors"); }
  SUCCEED();  // came back
}

}  // namespace
}  // namespace sotto::test

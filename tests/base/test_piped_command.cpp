#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "core/base/piped_command.h"
#include "support/files.h"
#include "support/processes.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLong{20000};

Command shell(const std::string& script) { return {"/bin/sh", {"-c", script}, {}, {}}; }

struct Piped {
  PipedResult result;
  std::string output;
};

Piped run(const std::string& script, PipedStreams streams = {}, milliseconds most = kLong) {
  Piped run;
  streams.output = [&](std::span<const std::byte> piece) {
    run.output.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  };
  run.result = run_piped(shell(script), streams, most);
  return run;
}

TEST(PipedCommands, KeepOutputAndErrorsApart) {
  const Piped both = run("printf 'a\\0b'; echo words >&2; exit 3");
  EXPECT_EQ(both.output, std::string("a\0b", 3));
  EXPECT_EQ(both.result.errors, "words\n");
  EXPECT_EQ(both.result.exit_code, 3);
  EXPECT_FALSE(both.result.timed_out);
  EXPECT_EQ(run("kill -9 $$").result.exit_code, 137);
  EXPECT_EQ(run("head -c 1000000 /dev/zero").output.size(), 1000000U);
  EXPECT_EQ(run("head -c 1000000 /dev/zero >&2").result.errors.size(), std::size_t{1} << 16);
}

TEST(PipedCommands, ReadWhatTheyAreGiven) {
  const TempFolder folder;
  write_file(folder / "input", "some\nlines\n");
  EXPECT_EQ(run("cat", {PipedInput::file, folder / "input", {}}).output, "some\nlines\n");
  EXPECT_EQ(run("cat; echo end").output, "end\n");
  EXPECT_THROW((void)run("cat", {PipedInput::file, folder / "none", {}}), Error);
  // Silence does not end before the command does.
  const Piped silent = run("exec 4<&0; { read -r _; echo input ended; } <&4 & sleep 0.3; echo end",
                           {PipedInput::silence, {}, {}});
  EXPECT_EQ(silent.output, "end\n");
}

TEST(PipedCommands, EndWhenTheirTimeIsOver) {
  const TempFolder folder;
  const std::string pid_file = (folder / "pid").string();
  const Piped endless = run("echo $$ >'" + pid_file + "'; exec sleep 100", {}, milliseconds(500));
  EXPECT_TRUE(endless.result.timed_out);
  EXPECT_TRUE(ends_soon(static_cast<::pid_t>(std::stol(read_file(pid_file)))));
  EXPECT_TRUE(run("while :; do echo x; done", {}, milliseconds(300)).result.timed_out);
}

TEST(PipedCommands, EndWhenNobodyWantsTheirOutput) {
  const PipedStreams streams{
      .output = [](std::span<const std::byte>) { fail(ErrorKind::unsupported, "enough"); }};
  EXPECT_THROW((void)run_piped(shell("cat /dev/zero"), streams, kLong), Error);
}

TEST(PipedCommands, AreNotHeldUpByWhatTheyLeaveBehind) {
  const Piped left = run("sleep 100 & echo done");
  EXPECT_EQ(left.output, "done\n");
  EXPECT_EQ(left.result.exit_code, 0);
}

}  // namespace
}  // namespace sotto::test

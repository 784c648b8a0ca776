#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>

#include "core/base/error.h"
#include "core/bundle/sha256.h"
#include "run/wire/adb_wire.h"
#include "run/wire/device_probe.h"
#include "run/wire/remote_files.h"
#include "run/wire/remote_program.h"
#include "run/wire/ssh_wire.h"
#include "support/files.h"
#include "support/processes.h"
#include "support/temp_folder.h"
#include "wire/devices.h"
#include "wire/expect_refusal.h"
#include "wire/odd_words.h"

// What every wire must do, on a local sshd and on a stand-in for adb: the device is this machine.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

enum class Kind { ssh, adb, old_adb };

class Wires : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    if (GetParam() == Kind::ssh) {
      sshd_.emplace();
      if (!sshd_->absence().empty()) GTEST_SKIP() << sshd_->absence();
      wire_ = connect_ssh({"board", ""});
      return;
    }
    adb_.emplace();
    if (GetParam() == Kind::old_adb) adb_->be_old();
    wire_ = connect_adb("");
  }

  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_ / name).string();
  }
  [[nodiscard]] bool hands_on_input() const { return GetParam() != Kind::old_adb; }

  TempFolder folder_;
  std::optional<LocalSshd> sshd_;
  std::optional<StandInAdb> adb_;
  std::unique_ptr<Wire> wire_;
};

INSTANTIATE_TEST_SUITE_P(All, Wires, testing::Values(Kind::ssh, Kind::adb, Kind::old_adb),
                         [](const testing::TestParamInfo<Kind>& info) {
                           switch (info.param) {
                             case Kind::ssh:
                               return "ssh";
                             case Kind::adb:
                               return "adb";
                             case Kind::old_adb:
                               break;
                           }
                           return "old_adb";
                         });

TEST_P(Wires, HandOnWordsAsTheyAre) {
  std::vector<std::string> words{"printf", "[%s]"};
  std::string expected;
  for (const std::string& word : odd_words()) {
    words.push_back(word);
    expected += "[" + word + "]";
  }
  const RemoteRun run = wire_->run(words);
  EXPECT_EQ(run.output, expected);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.errors, "");
  words.erase(words.begin(), words.begin() + 2);
  EXPECT_EQ(wire_->run_script(R"(printf '[%s]' "$@")", words).output, expected);
}

TEST_P(Wires, TellExitCodesAndErrors) {
  for (const int code : {0, 1, 2, 127, 255}) {
    const RemoteRun run = wire_->run({"sh", "-c", concat("echo out; echo err >&2; exit ", code)});
    EXPECT_EQ(run.exit_code, code);
    EXPECT_EQ(run.output, "out\n");
    EXPECT_EQ(run.errors, "err");
  }
  EXPECT_EQ(wire_->run({"sh", "-c", "kill -9 $$"}).exit_code, 137);
  EXPECT_EQ(wire_->run({"no-such-program"}).exit_code, 127);
  expect_refusal(ErrorKind::io, "something is missing",
                 [&] { (void)wire_->expect_script("echo something is missing >&2; exit 3", {}); });
}

TEST_P(Wires, BoundWhatComesBack) {
  expect_refusal(ErrorKind::unsupported, "gave more than 1000 bytes", [&] {
    (void)wire_->run({"cat", "/dev/zero"}, {.output = 1000});
  });
  EXPECT_EQ(wire_->run({"echo", "still here"}).output, "still here\n");
}

TEST_P(Wires, EndWhatTakesTooLong) {
  using std::chrono::milliseconds;
  const std::string pid_file = path("pid");
  expect_refusal(ErrorKind::io, "had not ended after", [&] {
    (void)wire_->run({"sh", "-c", R"(echo $$ > "$1"; exec sleep 100)", "sotto", pid_file},
                     {.time = milliseconds(1500)});
  });
  const auto pid = static_cast<::pid_t>(std::stol(read_file(pid_file)));
  if (hands_on_input()) {
    EXPECT_TRUE(ends_soon(pid));
  } else {
    ::kill(pid, SIGKILL);
  }
}

TEST_P(Wires, CarryFilesOfAnyNameAndContents) {
  std::string content;
  for (int i = 0; i < 300000; ++i) content += static_cast<char>(i * 7 + i / 251);
  write_file(folder_ / "local", content);
  fs::create_directory(folder_ / "there");
  const std::vector<std::string> words = odd_words();
  // Every word passes above; what a name adds is the same for all.
  for (std::size_t i = 0; i < words.size(); i += GetParam() == Kind::ssh ? 4 : 1) {
    const std::string& word = words[i];
    const std::string there = path("there/") + word;
    wire_->send(folder_ / "local", there);
    EXPECT_EQ(read_file(there), content) << word;
    wire_->fetch(there, folder_ / "back", content.size());
    EXPECT_EQ(read_file(folder_ / "back"), content) << word;
    fs::remove(folder_ / "back");
  }
  EXPECT_FALSE(fs::exists("x"));
}

TEST_P(Wires, RefuseFilesThatCannotBeCarried) {
  write_file(folder_ / "local", "content");
  expect_refusal(ErrorKind::io, "cannot be written",
                 [&] { wire_->send(folder_ / "local", path("no/such/folder/file")); });
  expect_refusal(ErrorKind::not_found, "cannot be read",
                 [&] { wire_->fetch(path("nothing"), folder_ / "back", 100); });
  expect_refusal(ErrorKind::unsupported, "gave more than 3 bytes",
                 [&] { wire_->fetch(path("local"), folder_ / "back", 3); });
  EXPECT_FALSE(fs::exists(folder_ / "back"));
}

TEST_P(Wires, PushOnlyWhatDiffers) {
  write_file(folder_ / "a", "first");
  write_file(folder_ / "b", "second");
  const RemoteFolder there(*wire_, path("on the $(device)"));
  EXPECT_EQ(there.path(), path("on the $(device)"));
  EXPECT_GT(there.free_bytes(), 0U);
  std::vector<RemoteFile> files{{folder_ / "a", "x/one"},
                                {.local = folder_ / "b", .path = "y/it's\n2", .executable = true}};
  PushReport report = there.push(files);
  EXPECT_EQ(report.files, 2U);
  EXPECT_EQ(report.sent, 2U);
  EXPECT_EQ(report.bytes_sent, 11U);
  EXPECT_EQ(read_file(there.at("x/one")), "first");
  EXPECT_EQ(read_file(there.at("y/it's\n2")), "second");
  EXPECT_NE(fs::status(there.at("y/it's\n2")).permissions() & fs::perms::owner_exec,
            fs::perms::none);
  EXPECT_EQ(there.push(files).sent, 0U);
  write_file(there.at("x/one"), "fIrst");  // of the same size
  report = there.push(files);
  EXPECT_EQ(report.sent, 1U);
  EXPECT_EQ(report.bytes, 11U);
  EXPECT_EQ(read_file(there.at("x/one")), "first");
  EXPECT_EQ(names_in(there.at("x")), std::vector<std::string>{"one"});
}

TEST_P(Wires, SpeakWithPrograms) {
  if (!hands_on_input()) {
    expect_refusal(ErrorKind::unavailable, "use ssh",
                   [&] { (void)wire_->open({"cat"}, folder_ / "errors"); });
    return;
  }
  const auto child = wire_->open({"sh", "-c", "echo heard >&2; exec cat"}, folder_ / "errors");
  std::string sent(100000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 13);
  for (int i = 0; i < 3; ++i) {
    child->write(std::as_bytes(std::span(sent).first(1000)));
    std::string back(1000, '\0');
    child->read(std::as_writable_bytes(std::span(back)));
    EXPECT_EQ(back, sent.substr(0, 1000));
  }
}

TEST_P(Wires, RunSottoThere) {
  const RemoteFolder there(*wire_, path("device"));
  std::string output, errors;
  const RelayedOutput relay{[&](std::string_view text) { output += text; },
                            [&](std::string_view text) { errors += text; }};
  EXPECT_EQ(run_sotto_there(*wire_, there, SOTTO_PROGRAM, {"--version"}, relay), 0);
  EXPECT_THAT(output, HasSubstr("sotto "));
  EXPECT_EQ(run_sotto_there(*wire_, there, SOTTO_PROGRAM, {"no-such-command"}, relay), 2);
  EXPECT_THAT(errors, HasSubstr("expected a command"));
}

TEST_P(Wires, TellOfADeviceWithoutAProgram) {
  std::map<std::string, std::string> found;
  for (const ProbeRow& row : probe_device(*wire_)) found[row.what] = row.found;
  EXPECT_EQ(found["processor"] + "\n", wire_->run({"uname", "-m"}).output);
  EXPECT_THAT(found["system"], HasSubstr("Linux"));
  EXPECT_THAT(found["memory"], HasSubstr(" kB"));
  EXPECT_EQ(found["/dev/apusys"], "not there");
}

class BrokenWires : public testing::Test {
 protected:
  TempFolder folder_;
};

// The session's own process on the board is killed while a command runs.
TEST_F(BrokenWires, OverSshSaySo) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  const auto wire = connect_ssh({"board", ""});
  constexpr const char* kKillSession = R"(p=$$
while read -r n <"/proc/$p/comm"; do
  [ "$n" = sshd ] && break
  p=$(cut -d ' ' -f 4 "/proc/$p/stat")
done
echo some output
kill -9 "$p"
sleep 100)";
  expect_refusal(ErrorKind::io, "the connection broke before the command there had ended", [&] {
    (void)wire->run({"sh", "-c", kKillSession});
  });
}

TEST_F(BrokenWires, OverAdbSaySo) {
  const StandInAdb adb;
  const auto wire = connect_adb(kStandInSerial);
  adb.go();
  expect_refusal(ErrorKind::io, "the device is gone", [&] { (void)wire->run({"echo", "x"}); });
}

TEST_F(BrokenWires, OfAFullDeviceSaySo) {
  const StandInAdb adb;
  const auto wire = connect_adb("");
  const RemoteFolder there(*wire, (folder_ / "device").string());
  write_file(folder_ / "a", "first");
  adb.be_full();
  expect_refusal(ErrorKind::io, "No space left on device", [&] {
    (void)there.push({{folder_ / "a", "one"}});
  });
  EXPECT_FALSE(fs::exists(there.at("one")));
}

TEST_F(BrokenWires, OverSshToAFullDeviceSaySo) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  const auto wire = connect_ssh({"board", ""});
  write_file(folder_ / "a", std::string(100000, 'a'));
  expect_refusal(ErrorKind::io, "No space left on device",
                 [&] { wire->send(folder_ / "a", "/dev/full"); });
}

TEST(Connections, OverSshAreRefusedWithTheRemedy) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  const auto refused = [](const SshAddress& address, const char* words) {
    expect_refusal(ErrorKind::unavailable, words, [&] { (void)connect_ssh(address); });
  };
  refused({"no-such-host.invalid", ""}, "no such host");
  refused({"127.0.0.1", "1"}, "nothing listens there");
  sshd.change_host_key();
  refused({"board", ""}, "its key is another one than ssh knows it by");
  sshd.forget_host_key();
  refused({"board", ""}, "ssh does not know its key yet");
}

TEST(Connections, WithARefusedKeySaySo) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  sshd.refuse_key();
  expect_refusal(ErrorKind::unavailable, "it takes none of the keys", [] {
    (void)connect_ssh({"board", ""});
  });
}

TEST(Connections, LeaveNothingBehind) {
  const LocalSshd sshd;
  if (!sshd.absence().empty()) GTEST_SKIP() << sshd.absence();
  const auto sockets = [] {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator("/tmp")) {
      std::error_code ignored;
      count += fs::is_socket(entry.path() / "s", ignored) ? 1 : 0;
    }
    return count;
  };
  const std::size_t before = sockets();
  {
    const auto wire = connect_ssh({"board", ""});
    EXPECT_EQ(wire->run({"echo", "x"}).output, "x\n");
  }
  EXPECT_LE(sockets(), before);
}

TEST(Connections, OverAdbAreRefusedWithTheRemedy) {
  const StandInAdb adb;
  const auto refused = [](const std::string& serial, const char* words) {
    expect_refusal(ErrorKind::unavailable, words, [&] { (void)connect_adb(serial); });
  };
  refused("other", "adb sees no device \"other\"");
  adb.list("A device\nB device\n");
  refused("", "several devices");
  adb.list("A unauthorized usb:1\n");
  refused("", "has not allowed this machine");
  adb.list("");
  refused("", "adb sees no device");
}

}  // namespace
}  // namespace sotto::test

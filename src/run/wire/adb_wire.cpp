#include "run/wire/adb_wire.h"

#include <cstdlib>

#include "core/base/error.h"
#include "core/base/locked_file.h"
#include "run/wire/adb_devices.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// The first call may have to start adb's server.
constexpr milliseconds kAsking{30000};
constexpr std::size_t kMostAnswer = 1 << 16;

Command adb(std::vector<std::string> arguments) {
  Command command{"adb", std::move(arguments), {}, {}};
  for (const char* name : {"ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS",
                           "ANDROID_ADB_SERVER_PORT", "ADB_VENDOR_KEYS", "ANDROID_USER_HOME"}) {
    if (const char* value = std::getenv(name); value != nullptr) {
      command.environment.emplace_back(name, value);
    }
  }
  return command;
}

std::string last_line(std::string said) {
  constexpr std::size_t kMost = 300;
  while (!said.empty() && (said.back() == '\n' || said.back() == '\r')) said.pop_back();
  const auto begin = said.rfind('\n');
  return said.substr(begin == std::string::npos ? 0 : begin + 1, kMost);
}

struct Answer {
  PipedResult result;
  std::string output;
};

Answer ask(std::vector<std::string> arguments, milliseconds most = kAsking) {
  Answer answer;
  const auto keep = [&](std::span<const std::byte> piece) {
    answer.output.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    if (answer.output.size() > kMostAnswer) answer.output.resize(kMostAnswer);
  };
  answer.result = run_piped(adb(std::move(arguments)), {.output = keep}, most);
  return answer;
}

class AdbWire : public Wire {
 public:
  explicit AdbWire(std::string serial)
      : serial_(std::move(serial)), name_("adb device " + serial_), has_input_(knows_shell()) {}

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const char* usual_folder() const override {
    return "if [ -d /data/local/tmp ]; then printf %s /data/local/tmp/sotto-deploy; else printf %s "
           "/tmp/sotto-deploy; fi";
  }

  void send(const fs::path& file, const std::string& path) override {
    const Answer answer = ask({"-s", serial_, "push", fs::absolute(file).string(), path},
                              time_for(fs::file_size(file)));
    if (answer.result.timed_out) {
      fail(ErrorKind::io, name(), ": ", path, ": was not written in time");
    }
    if (answer.result.exit_code == 0) return;
    fail(ErrorKind::io, name(), ": ", path,
         ": cannot be written: ", last_line(answer.output + answer.result.errors));
  }

  [[nodiscard]] std::unique_ptr<ChildProcess> open(const std::vector<std::string>& words,
                                                   const fs::path& error_file) override {
    if (!has_input_) {
      fail(ErrorKind::unavailable, name(),
           ": its adbd is of before Android 7, and hands on no input: use ssh");
    }
    const std::string mark = "sotto-" + random_letters() + random_letters();
    auto child = std::make_unique<ChildProcess>(
        adb({"-s", serial_, "shell", "-T", spoken_line(words, mark)}), error_file);
    skip_to_mark(*child, mark, name());
    return child;
  }

 protected:
  // exec-out is as old as adb, but hands on no input.
  [[nodiscard]] PipedResult run_line(const std::string& line, const PipedStreams& streams,
                                     milliseconds most) override {
    return run_piped(has_input_ ? adb({"-s", serial_, "shell", "-T", line})
                                : adb({"-s", serial_, "exec-out", line}),
                     streams, most);
  }
  [[nodiscard]] bool has_input() const override { return has_input_; }
  [[noreturn]] void fail_broken(const std::string& said) const override {
    const std::string line = last_line(said);
    const std::string state = last_line(ask({"-s", serial_, "get-state"}).output);
    fail(ErrorKind::io, name(), ": the connection broke before the command there had ended",
         line.empty() ? "" : ", and adb said: ", line,
         state == "device" ? "" : ": the device is gone, plug it in again");
  }

 private:
  [[nodiscard]] bool knows_shell() const {
    return ask({"-s", serial_, "features"}).output.find("shell_v2") != std::string::npos;
  }

  std::string serial_, name_;
  bool has_input_;
};

}  // namespace

std::unique_ptr<Wire> connect_adb(const std::string& serial) {
  if (!find_program("adb")) {
    fail(ErrorKind::unavailable,
         "expected Android's adb in PATH, found none: install the platform tools");
  }
  const Answer answer = ask({"devices", "-l"});
  if (answer.result.timed_out || answer.result.exit_code != 0) {
    const std::string line = last_line(answer.result.errors);
    fail(ErrorKind::unavailable, "adb does not tell which devices there are",
         line.empty() ? "" : ": ", line);
  }
  return std::make_unique<AdbWire>(choose_adb_device(parse_adb_devices(answer.output), serial));
}

}  // namespace sotto

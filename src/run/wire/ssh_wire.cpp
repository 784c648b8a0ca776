#include "run/wire/ssh_wire.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <thread>

#include "core/base/error.h"
#include "core/base/input_file.h"
#include "core/base/locked_file.h"
#include "core/base/process_group.h"
#include "core/base/scratch_file.h"
#include "core/base/unfinished.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kConnecting{15000};  // ssh itself gives up after ten
constexpr milliseconds kBetweenLooks{20};

/// A folder that only this user sees, for the socket of a shared connection. Its name is short, for
/// the name of a socket may have some hundred characters; so not in $TMPDIR.
class PrivateFolder {
 public:
  PrivateFolder() : PrivateFolder("/tmp/sotto-" + random_letters()) {}
  ~PrivateFolder() { listed_.remove(); }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return listed_.path(); }

 private:
  explicit PrivateFolder(const fs::path& path) : listed_(path, [&] { make(path); }) {}
  static void make(const fs::path& path) {
    constexpr ::mode_t kOwn = 0700;
    if (::mkdir(path.c_str(), kOwn) == 0) return;
    fail(ErrorKind::io, path.string(),
         ": cannot be made: ", std::generic_category().message(errno));
  }
  Unfinished listed_;
};

std::string read_text(const fs::path& path) {
  constexpr std::size_t kMost = 1 << 16;
  const auto file = InputFile::open(path);
  std::string text(std::min<std::uint64_t>(file->size(), kMost), '\0');
  text.resize(file->read(file->size() - text.size(), std::as_writable_bytes(std::span(text))));
  return text;
}

class SshWire : public Wire {
 public:
  explicit SshWire(SshAddress address) : address_(std::move(address)) { connect(); }

  [[nodiscard]] const std::string& name() const override { return address_.destination; }
  [[nodiscard]] const char* usual_folder() const override {
    return R"(printf %s "${HOME:-/tmp}/sotto-deploy")";
  }

  void send(const fs::path& file, const std::string& path) override {
    const std::uint64_t bytes = fs::file_size(file);
    const std::vector<std::string> words{"sh", "-c", R"(exec cat > "$1")", "sotto", path};
    const RemoteRun run =
        run_framed(words, {PipedInput::file, file, {}}, {.time = time_for(bytes)});
    if (run.exit_code == 0) return;
    fail(ErrorKind::io, name(), ": ", path, ": cannot be written: ", run.errors);
  }

  [[nodiscard]] std::unique_ptr<ChildProcess> open(const std::vector<std::string>& words,
                                                   const fs::path& error_file) override {
    const std::string mark = "sotto-" + random_letters() + random_letters();
    auto child = std::make_unique<ChildProcess>(client(spoken_line(words, mark)), error_file);
    skip_to_mark(*child, mark, name());
    return child;
  }

 protected:
  [[nodiscard]] PipedResult run_line(const std::string& line, const PipedStreams& streams,
                                     milliseconds most) override {
    return run_piped(client(line), streams, most);
  }
  [[noreturn]] void fail_broken(const std::string& said) const override {
    const std::string all = said + read_text(log_.path());
    fail(ErrorKind::io, ssh_failure(address_, all),
         " (the connection broke before the command there had ended)");
  }

 private:
  [[nodiscard]] Command ssh(std::vector<std::string> arguments) const {
    Command command{"ssh", std::move(arguments), {}, {}};
    if (const char* agent = std::getenv("SSH_AUTH_SOCK"); agent != nullptr) {
      command.environment.emplace_back("SSH_AUTH_SOCK", agent);
    }
    auto& words = command.arguments;
    words.insert(
        words.begin(),
        {"-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=5",
         "-o", "ServerAliveCountMax=3", "-o", "ControlPersist=no", "-o", "RemoteCommand=none", "-o",
         "LogLevel=ERROR", "-o", concat("ControlPath=", socket().string())});
    if (!address_.port.empty()) words.insert(words.begin(), {"-p", address_.port});
    return command;
  }

  [[nodiscard]] Command client(const std::string& line) const {
    return ssh({"-o", "ControlMaster=no", "--", address_.destination, line});
  }

  [[nodiscard]] fs::path socket() const { return folder_.path() / "s"; }

  // The connection that all others use is a child like any other, so that it ends with this
  // process.
  void connect() {
    const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
    const FileDescriptor errors(::open(log_.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    const Streams streams{nothing.value(), nothing.value(), errors.value()};
    master_.emplace(ssh({"-N", "-o", "ControlMaster=yes", "--", address_.destination}), streams);
    const auto limit = steady_clock::now() + kConnecting;
    std::error_code ignored;
    while (!fs::exists(socket(), ignored)) {
      if (master_->has_ended(kBetweenLooks) || steady_clock::now() > limit) {
        fail(ErrorKind::unavailable, ssh_failure(address_, read_text(log_.path())));
      }
    }
  }

  SshAddress address_;
  PrivateFolder folder_;
  ScratchFile log_;  ///< what ssh says of the connection
  std::optional<ProcessGroup> master_;
};

}  // namespace

std::unique_ptr<Wire> connect_ssh(const SshAddress& address) {
  if (!find_program("ssh")) {
    fail(ErrorKind::unavailable,
         "expected OpenSSH's ssh in PATH, found none: install openssh-client");
  }
  return std::make_unique<SshWire>(address);
}

}  // namespace sotto

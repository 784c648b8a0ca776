#include "core/base/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostOutput = 1 << 20;
constexpr int kSignalled = 128;  // what shells add to a signal's number

std::string reason(int error) { return std::strerror(error); }

/// A file descriptor that is closed in the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] int get() const { return number_; }
  void reset(int number) {
    close();
    number_ = number;
  }
  [[nodiscard]] int release() { return std::exchange(number_, -1); }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

void make_pipe(Descriptor& read_end, Descriptor& write_end) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(ErrorKind::io, "no pipe: ", reason(errno));
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
}

/// Arguments or an environment as C has them.
class CStrings {
 public:
  explicit CStrings(std::vector<std::string> strings) : strings_(std::move(strings)) {
    for (std::string& string : strings_) pointers_.push_back(string.data());
    pointers_.push_back(nullptr);
  }
  [[nodiscard]] char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> strings_;
  std::vector<char*> pointers_;
};

std::vector<std::string> environment_for(const Command& command) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : command.environment) {
      replaced = replaced || text.starts_with(name + "=");
    }
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : command.environment) result.push_back(concat(name, '=', value));
  return result;
}

/// What the child's standard input, output and error are.
struct Streams {
  int input, output, error;
};

// posix_spawn, so that nothing runs between fork and exec in a program with threads.
int spawn(const Command& command, const Streams& streams) {
  const auto program = find_program(command.program);
  if (!program) {
    fail(ErrorKind::not_found, command.program.string(),
         ": expected a program that can be run, found none");
  }
  std::vector<std::string> arguments{program->string()};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  const CStrings argv(std::move(arguments)), envp(environment_for(command));
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, streams.input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.error, STDERR_FILENO);
  if (!command.directory.empty()) {
    ::posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  }
  ::pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program->c_str(), &actions, nullptr, argv.get(), envp.get());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    fail(ErrorKind::io, program->string(), ": cannot be started: ", reason(error));
  }
  return pid;
}

int wait_for(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

/// Hands on whole lines, and the rest in the end.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& log) : log_(log) {}

  void add(std::string_view piece) {
    if (!log_) return;
    pending_ += piece;
    std::size_t first = 0;
    for (std::size_t end = pending_.find('\n'); end != std::string::npos;
         end = pending_.find('\n', first)) {
      log_(std::string_view(pending_).substr(first, end - first));
      first = end + 1;
    }
    pending_.erase(0, first);
  }
  void finish() {
    if (log_ && !pending_.empty()) log_(pending_);
  }

 private:
  const std::function<void(std::string_view)>& log_;
  std::string pending_;
};

void read_all(int descriptor, std::string& output, Lines& lines) {
  std::array<char, 1 << 14> piece{};
  for (;;) {
    const auto size = ::read(descriptor, piece.data(), piece.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    const std::string_view text(piece.data(), static_cast<std::size_t>(size));
    output += text;
    if (output.size() > 2 * kMostOutput) output.erase(0, output.size() - kMostOutput);
    lines.add(text);
  }
  if (output.size() > kMostOutput) output.erase(0, output.size() - kMostOutput);
}

std::string quoted(const std::string& word) {
  const auto is_plain = [](char c) {
    return std::strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%",
                       c) != nullptr &&
           c != '\0';
  };
  bool plain = !word.empty();
  for (const char c : word) plain = plain && is_plain(c);
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

}  // namespace

std::string to_string(const Command& command) {
  std::string text;
  if (!command.directory.empty()) text += concat("cd ", quoted(command.directory.string()), " && ");
  for (const auto& [name, value] : command.environment) {
    text += concat(name, '=', quoted(value), ' ');
  }
  text += quoted(command.program.string());
  for (const std::string& argument : command.arguments) text += concat(' ', quoted(argument));
  return text;
}

std::optional<fs::path> find_program(const fs::path& name) {
  if (name.string().find('/') != std::string::npos) {
    return is_program(name) ? std::optional(fs::absolute(name)) : std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty() && !name.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / name;
    if (is_program(candidate)) return fs::absolute(candidate);
  }
  return std::nullopt;
}

CommandResult run_command(const Command& command,
                          const std::function<void(std::string_view line)>& log) {
  Descriptor read_end, write_end;
  make_pipe(read_end, write_end);
  const Descriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int pid = spawn(command, {nothing.get(), write_end.get(), write_end.get()});
  write_end.close();
  CommandResult result;
  Lines lines(log);
  try {
    read_all(read_end.get(), result.output, lines);
  } catch (...) {  // of the caller's log; the child finds its output closed
    read_end.close();
    (void)wait_for(pid);
    throw;
  }
  result.exit_code = wait_for(pid);
  lines.finish();
  return result;
}

// A socket for input: to write to one whose other end is gone can be told not to raise SIGPIPE.
ChildProcess::ChildProcess(const Command& command, const fs::path& error_file) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail(ErrorKind::io, "no socket: ", reason(errno));
  }
  Descriptor ours(ends[0]), theirs(ends[1]), read_end, write_end;
  make_pipe(read_end, write_end);
  const Descriptor errors(
      ::open(error_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (errors.get() < 0) {
    fail(ErrorKind::io, error_file.string(), ": cannot be written: ", reason(errno));
  }
  pid_ = spawn(command, {theirs.get(), write_end.get(), errors.get()});
  to_ = ours.release();
  from_ = read_end.release();
}

// Without input a child ends by itself; one that does not is ended.
ChildProcess::~ChildProcess() {
  ::close(to_);
  ::close(from_);
  constexpr int kTries = 50;
  constexpr ::useconds_t kPause = 20000;
  for (int i = 0; i < kTries; ++i) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    ::usleep(kPause);
  }
  ::kill(pid_, SIGKILL);
  (void)wait_for(pid_);
}

void ChildProcess::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto size = ::send(to_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) fail(ErrorKind::io, "the child process has ended");
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
}

void ChildProcess::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const auto size = ::read(from_, bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) fail(ErrorKind::io, "the child process has ended");
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
}

}  // namespace sotto

#include "core/base/process_group.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <mutex>
#include <spawn.h>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "core/base/error.h"

namespace sotto {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kSignalled = 128;  // what shells add to a signal's number
constexpr milliseconds kBetweenLooks{10};
constexpr milliseconds kToEndBySelf{1000};

/// The groups that run. It outlives every thread, so it is never taken down.
struct RunningGroups {
  std::mutex mutex;
  std::vector<::pid_t> leaders;
  bool closed = false;
};

RunningGroups& running_groups() {
  static auto& groups = *new RunningGroups;
  return groups;
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

/// The attributes of every child: a group of its own, no signal blocked, and those that a program
/// ignores for its own files' sake as they are by default.
class Attributes {
 public:
  Attributes() {
    ::sigset_t none, defaults;
    ::sigemptyset(&none);
    ::sigemptyset(&defaults);
    ::sigaddset(&defaults, SIGPIPE);
    ::sigaddset(&defaults, SIGXFSZ);
    ::posix_spawnattr_init(&value_);
    ::posix_spawnattr_setsigmask(&value_, &none);
    ::posix_spawnattr_setsigdefault(&value_, &defaults);
    ::posix_spawnattr_setpgroup(&value_, 0);
    ::posix_spawnattr_setflags(
        &value_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&value_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  [[nodiscard]] const ::posix_spawnattr_t* get() const { return &value_; }

 private:
  ::posix_spawnattr_t value_{};
};

// posix_spawn, so that nothing runs between fork and exec in a program with threads.
::pid_t spawn(const Command& command, const Streams& streams) {
  const auto program = find_program(command.program);
  if (!program) {
    fail(ErrorKind::not_found, command.program.string(),
         ": expected a program that can be run, found none");
  }
  std::vector<std::string> arguments{program->string()};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  const CStrings argv(std::move(arguments)), envp(environment_of(command));
  const Attributes attributes;
  ::posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, streams.input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.output, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, streams.error, STDERR_FILENO);
  if (!command.directory.empty()) {
    ::posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  }
  ::pid_t pid = -1;
  const int error =
      ::posix_spawn(&pid, program->c_str(), &actions, attributes.get(), argv.get(), envp.get());
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    fail(ErrorKind::io, program->string(), ": cannot be started: ", std::strerror(error));
  }
  return pid;
}

/// A shell that ends the group when the other end of its input goes. Nothing else could do so after
/// a SIGKILL. −1 where it cannot be started.
::pid_t start_keeper(::pid_t group, int life) {
  const FileDescriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const Command command{
      "/bin/sh",
      {"-c", R"(trap '' HUP INT TERM; read -r _; kill -s KILL -- "-$1")", "sh", concat(group)},
      {},
      "/"};
  try {
    return spawn(command, {life, nothing.value(), nothing.value()});
  } catch (const Error&) {
    return -1;
  }
}

/// Whether it has ended; it stays to be waited for, so that nobody else gets its number.
bool is_over(::pid_t process, int flags, ::siginfo_t& info) {
  info = {};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<::id_t>(process), &info, WEXITED | WNOWAIT | flags);
  } while (result != 0 && errno == EINTR);
  return result != 0 || info.si_pid == process;
}

bool ends_within(::pid_t process, milliseconds patience) {
  const auto limit = steady_clock::now() + patience;
  ::siginfo_t ignored;
  while (!is_over(process, WNOHANG, ignored)) {
    if (steady_clock::now() >= limit) return false;
    std::this_thread::sleep_for(std::min(kBetweenLooks, patience));
  }
  return true;
}

}  // namespace

ProcessGroup::ProcessGroup(const Command& command, const Streams& streams) {
  std::array<int, 2> life{};
  if (::pipe2(life.data(), O_CLOEXEC) != 0) {
    fail(ErrorKind::io, "no pipe: ", std::strerror(errno));
  }
  const FileDescriptor keepers_end(life[0]);
  life_.emplace(life[1]);
  RunningGroups& groups = running_groups();
  const std::lock_guard lock(groups.mutex);
  if (groups.closed) {
    fail(ErrorKind::io, command.program.string(), ": is not started: this program is ending");
  }
  groups.leaders.reserve(groups.leaders.size() + 1);
  leader_ = spawn(command, streams);
  groups.leaders.push_back(leader_);
  keeper_ = start_keeper(leader_, keepers_end.value());
}

ProcessGroup::~ProcessGroup() {
  if (leader_ < 0) return;
  if (!has_ended(milliseconds(0))) {
    ::kill(-leader_, SIGTERM);
    (void)has_ended(kToEndBySelf);
  }
  reap();
}

bool ProcessGroup::has_ended(milliseconds patience) { return ends_within(leader_, patience); }

int ProcessGroup::wait() {
  ::siginfo_t info;
  (void)is_over(leader_, 0, info);
  const bool is_known = info.si_pid == leader_;
  reap();
  if (!is_known) fail(ErrorKind::io, "the exit code of a program that was started is lost");
  return info.si_code == CLD_EXITED ? info.si_status : kSignalled + info.si_status;
}

void ProcessGroup::reap() {
  RunningGroups& groups = running_groups();
  const std::lock_guard lock(groups.mutex);
  const auto wait_for = [](::pid_t process) {
    while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
    }
  };
  // The keeper first: when the leader is waited for, the group's number may become another's.
  if (keeper_ >= 0) {
    ::kill(keeper_, SIGKILL);
    wait_for(keeper_);
  }
  ::kill(-leader_, SIGKILL);
  wait_for(leader_);
  std::erase(groups.leaders, leader_);
  leader_ = -1;
}

void end_children() {
  RunningGroups& groups = running_groups();
  const std::lock_guard lock(groups.mutex);
  groups.closed = true;
  for (const ::pid_t leader : groups.leaders) ::kill(-leader, SIGTERM);
  for (const ::pid_t leader : groups.leaders) (void)ends_within(leader, kToEndBySelf);
  for (const ::pid_t leader : groups.leaders) ::kill(-leader, SIGKILL);
  for (const ::pid_t leader : groups.leaders) (void)ends_within(leader, kToEndBySelf);
}

}  // namespace sotto

#include "core/base/child_process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "core/base/process_group.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostOutput = 1 << 20;

std::string reason(int error) { return std::strerror(error); }

struct Pipe {
  std::optional<FileDescriptor> read_end, write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(ErrorKind::io, "no pipe: ", reason(errno));
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
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

/// Some of the output, empty at its end.
std::string_view next_piece(int descriptor, std::span<char> room) {
  ::ssize_t size = -1;
  do {
    size = ::read(descriptor, room.data(), room.size());
  } while (size < 0 && errno == EINTR);
  return {room.data(), static_cast<std::size_t>(std::max<::ssize_t>(size, 0))};
}

// Until the output ends or, since something that the command left behind may hold it open for ever,
// until the command has ended and what it had written is read.
void read_all(ProcessGroup& group, int descriptor, std::string& output, Lines& lines) {
  using std::chrono::steady_clock;
  constexpr int kTickMs = 50;
  constexpr std::chrono::milliseconds kMostAfterTheEnd{500};
  std::optional<steady_clock::time_point> end;
  std::array<char, 1 << 14> room{};
  for (;;) {
    ::pollfd output_is_there{descriptor, POLLIN, 0};
    const int ready = ::poll(&output_is_there, 1, kTickMs);
    if (end && (ready == 0 || steady_clock::now() - *end > kMostAfterTheEnd)) break;
    if (!end && group.has_ended(std::chrono::milliseconds(0))) end = steady_clock::now();
    if (ready <= 0) continue;
    const std::string_view text = next_piece(descriptor, room);
    if (text.empty()) break;
    output += text;
    if (output.size() > 2 * kMostOutput) output.erase(0, output.size() - kMostOutput);
    lines.add(text);
  }
  if (output.size() > kMostOutput) output.erase(0, output.size() - kMostOutput);
}

}  // namespace

CommandResult run_command(const Command& command,
                          const std::function<void(std::string_view line)>& log) {
  Pipe pipe = make_pipe();
  const FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int out = pipe.write_end->value();
  ProcessGroup group(command, {nothing.value(), out, out});
  pipe.write_end.reset();
  CommandResult result;
  Lines lines(log);
  read_all(group, pipe.read_end->value(), result.output, lines);
  result.exit_code = group.wait();
  lines.finish();
  return result;
}

// A socket for input: to write to one whose other end is gone can be told not to raise SIGPIPE.
ChildProcess::ChildProcess(const Command& command, const fs::path& error_file) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    fail(ErrorKind::io, "no socket: ", reason(errno));
  }
  to_.emplace(ends[0]);
  const FileDescriptor theirs(ends[1]);
  Pipe pipe = make_pipe();
  const FileDescriptor errors(
      ::open(error_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (errors.value() < 0) {
    fail(ErrorKind::io, error_file.string(), ": cannot be written: ", reason(errno));
  }
  const Streams streams{theirs.value(), pipe.write_end->value(), errors.value()};
  group_ = std::make_unique<ProcessGroup>(command, streams);
  from_.emplace(std::move(*pipe.read_end));
}

// Without input a child ends by itself; one that does not is ended.
ChildProcess::~ChildProcess() {
  to_.reset();
  from_.reset();
  (void)group_->has_ended(std::chrono::seconds(1));
}

// Something that the child started may hold the other end when the child has long ended.
void ChildProcess::wait_until_ready(int descriptor, short events) {
  constexpr int kTickMs = 100;
  ::pollfd wanted{descriptor, events, 0};
  while (::poll(&wanted, 1, kTickMs) <= 0) {
    if (!group_->has_ended(std::chrono::milliseconds(0))) continue;
    if (::poll(&wanted, 1, 0) > 0) return;
    fail(ErrorKind::io, "the child process has ended");
  }
}

void ChildProcess::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    wait_until_ready(to_->value(), POLLOUT);
    const auto size = ::send(to_->value(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) fail(ErrorKind::io, "the child process has ended");
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
}

void ChildProcess::read(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    wait_until_ready(from_->value(), POLLIN);
    const auto size = ::read(from_->value(), bytes.data(), bytes.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) fail(ErrorKind::io, "the child process has ended");
    bytes = bytes.subspan(static_cast<std::size_t>(size));
  }
}

}  // namespace sotto

#include "core/base/piped_command.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "core/base/process_group.h"
#include "core/base/regular_file.h"

namespace sotto {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostErrors = 1 << 16;

struct Pipe {
  std::optional<FileDescriptor> read_end, write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail(ErrorKind::io, "no pipe: ", std::strerror(errno));
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// What the command reads, and the other end of it where that must stay open.
Pipe open_input(const PipedStreams& streams) {
  if (streams.input == PipedInput::silence) return make_pipe();
  if (streams.input == PipedInput::file) {
    return {std::move(open_regular_file(streams.file).descriptor), std::nullopt};
  }
  return {FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)), std::nullopt};
}

/// One of the command's streams, until it ends.
class Stream {
 public:
  explicit Stream(FileDescriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] bool is_open() const { return descriptor_.has_value(); }
  /// For poll(), which passes over what is below zero.
  [[nodiscard]] ::pollfd wanted() const {
    return {descriptor_ ? descriptor_->value() : -1, POLLIN, 0};
  }
  /// What is there now; the stream is closed at its end.
  [[nodiscard]] std::span<const std::byte> next(std::span<std::byte> room) {
    ::ssize_t size = -1;
    do {
      size = ::read(descriptor_->value(), room.data(), room.size());
    } while (size < 0 && errno == EINTR);
    if (size <= 0) descriptor_.reset();
    return room.first(static_cast<std::size_t>(std::max<::ssize_t>(size, 0)));
  }

 private:
  std::optional<FileDescriptor> descriptor_;
};

void keep_last(std::string& text, std::span<const std::byte> piece) {
  text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  if (text.size() > kMostErrors) text.erase(0, text.size() - kMostErrors);
}

/// When to look no longer.
class Patience {
 public:
  explicit Patience(milliseconds most) : limit_(steady_clock::now() + most) {}

  [[nodiscard]] bool is_over() const { return steady_clock::now() >= limit_; }
  /// What the command left behind may hold its streams open for ever.
  void command_has_ended() {
    constexpr milliseconds kAfterTheEnd{500};
    if (!ended_) limit_ = steady_clock::now() + kAfterTheEnd;
    ended_ = true;
  }
  [[nodiscard]] bool has_ended() const { return ended_; }

 private:
  steady_clock::time_point limit_;
  bool ended_ = false;
};

/// False when the time was over before the command was.
bool read_streams(ProcessGroup& group, std::pair<Stream, Stream>& streams,
                  const PipedStreams& wanted, Patience patience, std::string& errors) {
  constexpr int kTickMs = 50;
  auto& [output, error] = streams;
  std::array<std::byte, 1 << 16> room{};
  while (output.is_open() || error.is_open()) {
    if (patience.is_over()) return patience.has_ended();
    std::array<::pollfd, 2> polled{output.wanted(), error.wanted()};
    const int ready = ::poll(polled.data(), polled.size(), kTickMs);
    if (ready <= 0) {
      if (group.has_ended(milliseconds(0))) patience.command_has_ended();
      continue;
    }
    if (polled[0].revents != 0) {
      const auto piece = output.next(room);
      if (!piece.empty() && wanted.output) wanted.output(piece);
    }
    if (polled[1].revents != 0) keep_last(errors, error.next(room));
  }
  while (!group.has_ended(milliseconds(kTickMs))) {
    if (patience.is_over()) return false;
  }
  return true;
}

}  // namespace

PipedResult run_piped(const Command& command, const PipedStreams& streams, milliseconds most) {
  Pipe input = open_input(streams), output = make_pipe(), errors = make_pipe();
  ProcessGroup group(
      command, {input.read_end->value(), output.write_end->value(), errors.write_end->value()});
  input.read_end.reset();
  output.write_end.reset();
  errors.write_end.reset();
  PipedResult result;
  std::pair<Stream, Stream> both{Stream(std::move(*output.read_end)),
                                 Stream(std::move(*errors.read_end))};
  result.timed_out = !read_streams(group, both, streams, Patience(most), result.errors);
  if (result.timed_out) return result;  // the group ends as it goes
  result.exit_code = group.wait();
  return result;
}

}  // namespace sotto

#include "run/doctor/watched_child.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/process_group.h"
#include "core/base/scratch_file.h"
#include "run/doctor/system_facts.h"

namespace sotto {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostErrors = 1 << 16;
constexpr std::size_t kMostLine = std::size_t{4} << 20;
constexpr milliseconds kTick{50};

struct Pipe {
  FileDescriptor read_end, write_end;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    fail(ErrorKind::io, "no pipe: ", std::strerror(errno));
  }
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

enum class Ending { ended, stood_still };

/// The output of a child, line by line.
class Reader {
 public:
  Reader(int descriptor, const std::function<void(std::string_view)>& use)
      : descriptor_(descriptor), use_(use) {}

  /// Until the output ends, or the child has ended and what it wrote is read, for something that it
  /// left behind may hold the other end.
  Ending run(ProcessGroup& group, milliseconds patience) {
    auto last = steady_clock::now();
    while (true) {
      ::pollfd output{descriptor_, POLLIN, 0};
      const int ready = ::poll(&output, 1, static_cast<int>(kTick.count()));
      if (ready > 0) {
        if (!read()) return Ending::ended;
        last = steady_clock::now();
      } else if (group.has_ended(milliseconds(0))) {
        return Ending::ended;
      } else if (steady_clock::now() - last > patience) {
        return Ending::stood_still;
      }
    }
  }

 private:
  /// False at the end of the output.
  bool read() {
    std::array<char, 1 << 14> room{};
    const auto size = ::read(descriptor_, room.data(), room.size());
    if (size < 0 && errno == EINTR) return true;
    if (size <= 0) return false;
    pending_.append(room.data(), static_cast<std::size_t>(size));
    for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n')) {
      use_(std::string_view(pending_).substr(0, end));
      pending_.erase(0, end + 1);
    }
    return pending_.size() < kMostLine;
  }

  int descriptor_;
  const std::function<void(std::string_view)>& use_;
  std::string pending_;
};

}  // namespace

WatchedRun run_watched(const Command& command, milliseconds patience,
                       const std::function<void(std::string_view line)>& use) {
  const ScratchFile errors;
  std::optional<Pipe> pipe = make_pipe();
  const FileDescriptor nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const FileDescriptor error(::open(errors.path().c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  const FileDescriptor output(std::move(pipe->read_end));
  WatchedRun result;
  {
    ProcessGroup group(command, {nothing.value(), pipe->write_end.value(), error.value()});
    pipe.reset();
    result.stood_still = Reader(output.value(), use).run(group, patience) == Ending::stood_still;
    if (!result.stood_still) result.exit_code = group.wait();
  }
  result.errors = text_of(errors.path(), kMostErrors);
  return result;
}

}  // namespace sotto

#include "run/wire/wire.h"

#include <algorithm>
#include <array>

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/locked_file.h"
#include "run/wire/framed_output.h"
#include "run/wire/shell_words.h"

namespace sotto {
namespace {

// $1 and $2 are the marks, the rest is what runs. Its standard error is kept and follows behind its
// output.
constexpr const char* kPlainFrame = R"sh(b=$1 z=$2
shift 2
exec 3>&1
printf %s "$b"
e=$("$@" 2>&1 1>&3 3>&-)
c=$?
printf '%s%s\n%s' "$z" "$c" "$e")sh";

// The same, and when the input ends before the program does, the program is ended.
constexpr const char* kWatchedFrame = R"sh(b=$1 z=$2
shift 2
exec 3>&1 4<&0
printf %s "$b"
e=$(
  "$@" 2>&1 1>&3 3>&- 4<&- </dev/null &
  p=$!
  { read -r _; kill "$p"; } <&4 >/dev/null 2>&1 3>&- &
  w=$!
  exec 4<&-
  wait "$p"
  c=$?
  kill "$w" 2>/dev/null
  exit "$c"
)
c=$?
printf '%s%s\n%s' "$z" "$c" "$e")sh";

constexpr const char* kSpokenFrame = R"sh(b=$1
shift
printf %s "$b"
exec "$@")sh";

std::string mark() { return "sotto-" + random_letters() + random_letters() + random_letters(); }

std::vector<std::string> with_shell(const char* script, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"sh", "-c", script, "sotto"});
  return arguments;
}

std::string first_line(const std::string& text) {
  constexpr std::size_t kMost = 300;
  return text.substr(0, std::min(text.find('\n'), kMost));
}

}  // namespace

std::string spoken_line(const std::vector<std::string>& words, const std::string& begin) {
  std::vector<std::string> arguments{begin};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return shell_line(with_shell(kSpokenFrame, std::move(arguments)));
}

void skip_to_mark(ChildProcess& child, const std::string& mark, const std::string& wire) {
  constexpr std::size_t kMostNoise = 1 << 16;
  std::string seen;
  while (!seen.ends_with(mark)) {
    std::array<std::byte, 1> byte{};
    child.read(byte);
    seen += static_cast<char>(byte[0]);
    if (seen.size() > kMostNoise) {
      fail(ErrorKind::io, wire, ": expected the answer of a POSIX shell, found other output");
    }
  }
}

RemoteRun Wire::run_framed(const std::vector<std::string>& words, const PipedStreams& streams,
                           const RemoteLimits& limits) {
  const FramedOutput::Marks marks{mark(), mark()};
  std::vector<std::string> arguments{marks.begin, marks.end};
  arguments.insert(arguments.end(), words.begin(), words.end());
  const bool watched = streams.input == PipedInput::silence;
  std::uint64_t count = 0;
  RemoteRun result;
  FramedOutput answer(marks, [&](std::span<const std::byte> piece) {
    count += piece.size();
    if (count > limits.output) {
      fail(ErrorKind::unsupported, name(), ": ", words.front(), " gave more than ", limits.output,
           " bytes, the most that is read");
    }
    if (streams.output) {
      streams.output(piece);
    } else {
      result.output.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    }
  });
  PipedStreams wired = streams;
  wired.output = [&](std::span<const std::byte> piece) { answer.add(piece); };
  const PipedResult wire =
      run_line(shell_line(with_shell(watched ? kWatchedFrame : kPlainFrame, std::move(arguments))),
               wired, limits.time);
  if (wire.timed_out) {
    fail(ErrorKind::io, name(), ": ", words.front(), " had not ended after ",
         limits.time.count() / 1000, " s, and was ended");
  }
  const auto end = answer.end();
  if (!end) fail_broken(wire.errors);
  result.exit_code = end->exit_code;
  result.errors = end->errors;
  return result;
}

RemoteRun Wire::run(const std::vector<std::string>& words, const RemoteLimits& limits,
                    const RemoteOutput& output) {
  const PipedInput input = has_input() ? PipedInput::silence : PipedInput::nothing;
  return run_framed(words, {input, {}, output}, limits);
}

RemoteRun Wire::run_script(const char* script, const std::vector<std::string>& arguments,
                           const RemoteLimits& limits) {
  return run_framed(with_shell(script, arguments), {}, limits);
}

std::string Wire::expect_script(const char* script, const std::vector<std::string>& arguments,
                                const RemoteLimits& limits) {
  RemoteRun run = run_script(script, arguments, limits);
  if (run.exit_code == 0) return std::move(run.output);
  const std::string said = first_line(run.errors);
  fail(ErrorKind::io, name(), ": ",
       said.empty() ? concat("a command there ended with exit code ", run.exit_code) : said);
}

void Wire::fetch(const std::string& path, const std::filesystem::path& file, std::uint64_t most) {
  AtomicFile target(file);
  const RemoteOutput keep = [&](std::span<const std::byte> piece) { target.write(piece); };
  const RemoteRun run = run_framed(with_shell(R"(exec cat < "$1")", {path}), {.output = keep},
                                   {time_for(most), most});
  if (run.exit_code != 0) {
    fail(ErrorKind::not_found, name(), ": ", path, ": cannot be read: ", first_line(run.errors));
  }
  target.commit();
}

std::chrono::milliseconds Wire::time_for(std::uint64_t bytes) {
  constexpr std::uint64_t kSlowest = 100;  // bytes a millisecond
  constexpr std::chrono::milliseconds kPatience{60000};
  return kPatience + std::chrono::milliseconds(bytes / kSlowest);
}

}  // namespace sotto

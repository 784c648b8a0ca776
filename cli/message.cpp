#include "message.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <mutex>
#include <poll.h>
#include <string_view>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"
#include "shown.h"

namespace sotto::cli {
namespace {

// Return to the left edge, erase to the end of the line (ECMA-48 EL).
constexpr std::string_view kEraseLine = "\r\x1b[K";

/// Threads may print when main() has returned, so it is never taken down.
struct Output {
  std::timed_mutex mutex;
  bool shows_status = false;
};

Output& output() {
  static auto& the_output = *new Output;
  return the_output;
}

bool is_ready(int descriptor, int patience_ms) {
  ::pollfd wanted{descriptor, POLLOUT, 0};
  return ::poll(&wanted, 1, patience_ms) > 0;
}

/// Straight to the descriptor, so that nothing lies in a buffer to fail or be written again later.
/// False, with errno, when not all could be written.
bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ::ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      constexpr int kPatienceMs = 1000;
      (void)is_ready(descriptor, kPatienceMs);
      continue;
    }
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// What is to be written to stderr before anything else is.
std::string_view erasure() {
  return std::exchange(output().shows_status, false) ? kEraseLine : std::string_view();
}

void write_error(const std::string& sentence) {
  (void)write_all(STDERR_FILENO,
                  concat(erasure(), "sotto: ", shown_on_a_line(with_flags(sentence)), "\n"));
}

void write_output(const std::string& text) {
  const std::lock_guard lock(output().mutex);
  (void)write_all(STDERR_FILENO, erasure());
  if (!write_all(STDOUT_FILENO, text)) {
    fail(ErrorKind::io, "standard output: cannot be written: ", std::strerror(errno));
  }
}

}  // namespace

void print_error(const std::string& sentence) {
  const std::lock_guard lock(output().mutex);
  write_error(sentence);
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_error(note);
}

void print(const std::string& text) { write_output(shown(text)); }

void print_json(const std::string& json) { write_output(shown_json(json)); }

void show_status(const std::string& line) {
  const std::lock_guard lock(output().mutex);
  (void)write_all(STDERR_FILENO, concat(kEraseLine, shown_on_a_line(line)));
  output().shows_status = true;
}

void clear_status() {
  const std::lock_guard lock(output().mutex);
  (void)write_all(STDERR_FILENO, erasure());
}

void take_output() { (void)output().mutex.try_lock_for(std::chrono::seconds(1)); }

void wait_for_output() { output().mutex.lock(); }

void print_last_error(const std::string& sentence) {
  if (is_ready(STDERR_FILENO, 0)) write_error(sentence);
}

}  // namespace sotto::cli

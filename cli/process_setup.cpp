#include "process_setup.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <exception>
#include <fcntl.h>
#include <mutex>
#include <thread>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/mapping_guard.h"
#include "core/base/process_group.h"
#include "core/base/unfinished.h"
#include "message.h"

namespace sotto::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kSignalled = 128;  // what shells add to a signal's number
constexpr std::array<int, 3> kEndingSignals{SIGINT, SIGTERM, SIGHUP};

/// What a signal says. It may come when main() has returned, so it is never taken down.
struct Words {
  std::mutex mutex;
  std::string text;
};

Words& words() {
  static auto& the_words = *new Words;
  return the_words;
}

// As the C library does for programs of other users: to use a closed descriptor is to be an error.
void open_standard_descriptors() {
  constexpr std::array<int, 3> kFlags{O_WRONLY, O_RDONLY, O_WRONLY};
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one.
    if (::open("/dev/null", kFlags.at(static_cast<std::size_t>(descriptor))) < 0) ::_exit(kFailed);
  }
}

/// For a thread other than main()'s: leaves no child, no unfinished file and no other thread that
/// prints, then says `sentence`. Once in a process: a second caller waits for its end.
void wind_up(const std::string& sentence) {
  static auto& once = *new std::mutex;
  once.lock();
  take_output();
  end_children();
  remove_unfinished();
  print_last_error(sentence);
}

int signals_come_in = -1;  // of a pipe, whose other end the thread below reads

// Any thread may be the one that a signal finds, such as those that libraries start before main().
void hand_over(int number) {
  const int error = errno;
  const auto byte = static_cast<unsigned char>(number);
  (void)!::write(signals_come_in, &byte, 1);
  errno = error;
}

[[noreturn]] void end_by(int number) {
  std::signal(number, SIG_DFL);
  std::raise(number);
  ::_exit(kSignalled + number);  // the first process of a container is ended by none
}

[[noreturn]] void wait_for_a_signal(int from) {
  unsigned char number = 0;
  while (::read(from, &number, 1) != 1) {
  }
  std::string sentence = "interrupted";
  {
    const std::lock_guard lock(words().mutex);
    if (!words().text.empty()) sentence += ": " + words().text;
  }
  wind_up(sentence);
  end_by(number);
}

// The thread alone lets these signals through; those that main() starts later have its mask.
void catch_signals() {
  ::sigset_t ending;
  ::sigemptyset(&ending);
  for (const int number : kEndingSignals) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler != SIG_IGN) ::sigaddset(&ending, number);
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  signals_come_in = ends[1];
  ::pthread_sigmask(SIG_UNBLOCK, &ending, nullptr);
  std::thread([from = ends[0]] { wait_for_a_signal(from); }).detach();
  ::pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  struct sigaction action {};
  action.sa_handler = hand_over;
  action.sa_flags = SA_RESTART;
  action.sa_mask = ending;
  for (const int number : kEndingSignals) {
    if (::sigismember(&ending, number) == 1) ::sigaction(number, &action, nullptr);
  }
}

}  // namespace

void set_up_process() {
  open_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // ignored, it would take the exit codes of children away
  try {
    guard_mappings([](const std::string& sentence) {
      wind_up(sentence);
      ::_exit(kFailed);
    });
    catch_signals();
  } catch (const std::exception&) {
    // No more threads: then signals and files cut short end the process as they do any other.
  }
}

void say_when_interrupted(const std::string& text) {
  const std::lock_guard lock(words().mutex);
  words().text = text;
}

}  // namespace sotto::cli

#include "core/base/mapping_guard.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <semaphore.h>
#include <string_view>
#include <sys/stat.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

/// What the handler, which may do next to nothing, tells the guard's thread.
struct Fault {
  ::sem_t happened;
  std::atomic<std::uintptr_t> address;
  std::atomic_flag taken;  ///< the first is reported
  std::atomic_bool guarded;
};

Fault& fault() {
  constinit static Fault the_fault{};  // for the handler: nothing is left to set up
  return the_fault;
}

[[noreturn]] void stay_here() {
  for (;;) ::pause();
}

// Only async-signal-safe calls. The thread stays where it is: what it holds the guard does not
// need, for nobody reads a mapped file while they list unfinished files or print.
void on_bus_error(int /*signal*/, ::siginfo_t* info, void* /*context*/) {
  Fault& told = fault();
  if (!told.taken.test_and_set()) {
    told.address = reinterpret_cast<std::uintptr_t>(info->si_addr);
    ::sem_post(&told.happened);
  }
  stay_here();
}

/// A line of /proc/self/maps: first-end mode offset device inode path.
struct Mapping {
  std::uintptr_t first = 0, end = 0;
  std::uint64_t offset = 0, inode = 0;
  std::string path;
};

std::uint64_t number(std::string_view text, int base) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

std::string_view next_field(std::string_view& line) {
  const std::string_view field = line.substr(0, line.find(' '));
  line.remove_prefix(field.size());
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return field;
}

Mapping parsed(std::string_view line) {
  constexpr int kHexadecimal = 16, kDecimal = 10;
  Mapping mapping;
  const std::string_view range = next_field(line);
  const std::size_t dash = std::min(range.find('-'), range.size() - 1);
  mapping.first = number(range.substr(0, dash), kHexadecimal);
  mapping.end = number(range.substr(dash + 1), kHexadecimal);
  next_field(line);
  mapping.offset = number(next_field(line), kHexadecimal);
  next_field(line);
  mapping.inode = number(next_field(line), kDecimal);
  mapping.path = line;
  return mapping;
}

std::optional<Mapping> mapping_at(std::uintptr_t address) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    Mapping mapping = parsed(line);
    if (address < mapping.first || address >= mapping.end) continue;
    if (mapping.path.starts_with('/')) return mapping;
    break;
  }
  return std::nullopt;
}

std::string sentence_of(const Mapping& mapping, std::uintptr_t address) {
  constexpr std::string_view kRemoved = " (deleted)";
  std::string path = mapping.path;
  struct stat status {};
  const bool stands = ::stat(path.c_str(), &status) == 0 && status.st_ino == mapping.inode;
  if (path.ends_with(kRemoved)) path.resize(path.size() - kRemoved.size());
  const std::uint64_t place = mapping.offset + (address - mapping.first);
  if (stands && static_cast<std::uint64_t>(status.st_size) > place) {
    return path + ": cannot be read: Input/output error";
  }
  return path + ": expected it to stay as it was while it was read, found it cut short";
}

void watch(const std::function<void(const std::string&)>& report) {
  while (::sem_wait(&fault().happened) != 0) {  // interrupted
  }
  const std::uintptr_t address = fault().address;
  if (const auto mapping = mapping_at(address)) report(sentence_of(*mapping, address));
  // No file's fault: as it would have ended unguarded.
  ::signal(SIGBUS, SIG_DFL);
  ::sigset_t bus_error;
  ::sigemptyset(&bus_error);
  ::sigaddset(&bus_error, SIGBUS);
  ::pthread_sigmask(SIG_UNBLOCK, &bus_error, nullptr);
  ::raise(SIGBUS);
}

}  // namespace

void guard_mappings(std::function<void(const std::string& sentence)> report) {
  ::sem_init(&fault().happened, 0, 0);
  // Signals are for the program's other threads: the guard has none of them on its hands.
  ::sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([report = std::move(report)] { watch(report); }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_bus_error;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  ::sigaction(SIGBUS, &action, nullptr);
  fault().guarded = true;
}

void touch_guarded(std::span<const std::byte> bytes) {
  constexpr std::size_t kPage = 4096;
  if (!fault().guarded) return;
  for (std::size_t i = 0; i < bytes.size(); i += kPage) {
    static_cast<void>(*static_cast<const volatile std::byte*>(&bytes[i]));
  }
  if (!bytes.empty()) static_cast<void>(*static_cast<const volatile std::byte*>(&bytes.back()));
}

}  // namespace sotto

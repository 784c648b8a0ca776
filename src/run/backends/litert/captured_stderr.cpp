#include "run/backends/litert/captured_stderr.h"

#include <cstdio>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace sotto::litert {
namespace {

constexpr std::string_view kError = "ERROR: ";
constexpr std::size_t kMost = 1 << 16;

/// "[file.cc:12] what happened" → "what happened".
std::string without_place(const std::string& line) {
  const std::size_t end = line.find("] ");
  return line.starts_with("[") && end != std::string::npos ? line.substr(end + 2) : line;
}

/// Standard error is the process's.
std::mutex& turn() {
  static std::mutex the_turn;
  return the_turn;
}

}  // namespace

// Where anything fails, standard error stays as it is.
CapturedStderr::CapturedStderr() : alone_(turn()) {
  std::fflush(stderr);
  file_ = ::memfd_create("sotto-stderr", MFD_CLOEXEC);
  if (file_ < 0) return;
  kept_ = ::dup(STDERR_FILENO);
  if (kept_ >= 0) (void)::dup2(file_, STDERR_FILENO);
}

CapturedStderr::~CapturedStderr() {
  std::fflush(stderr);
  if (kept_ >= 0) {
    (void)::dup2(kept_, STDERR_FILENO);
    ::close(kept_);
  }
  if (file_ >= 0) ::close(file_);
}

std::string CapturedStderr::first_error() const {
  std::fflush(stderr);
  std::string text(kMost, '\0');
  const auto size = ::pread(file_, text.data(), text.size(), 0);
  text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  const std::size_t begin = text.find(kError);
  if (begin == std::string::npos) return {};
  const std::size_t first = begin + kError.size();
  return without_place(text.substr(first, text.find('\n', first) - first));
}

}  // namespace sotto::litert

#include "progress.h"

#include <cstdio>
#include <unistd.h>

#include "message.h"

namespace sotto::cli {

namespace {

// Return to the left edge, erase to the end of the line (ECMA-48 EL).
constexpr const char* kEraseLine = "\r\x1b[K";

}  // namespace

Progress::Progress(Verbosity verbosity)
    : verbosity_(verbosity),
      visible_(verbosity == Verbosity::normal && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::show(const std::string& text) {
  if (!visible_) return;
  std::fprintf(stderr, "%s%s", kEraseLine, text.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::note(const std::string& sentence) {
  clear();
  if (verbosity_ == Verbosity::normal) print_error(sentence);
}

void Progress::clear() {
  if (!shown_) return;
  std::fputs(kEraseLine, stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace sotto::cli

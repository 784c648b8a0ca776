#include "progress.h"

#include <unistd.h>

#include "message.h"

namespace sotto::cli {

Progress::Progress(Verbosity verbosity)
    : verbosity_(verbosity),
      visible_(verbosity == Verbosity::normal && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() { clear(); }

void Progress::show(const std::string& text) {
  if (visible_) show_status(text);
}

void Progress::note(const std::string& sentence) {
  clear();
  if (verbosity_ == Verbosity::normal) print_error(sentence);
}

void Progress::clear() {
  if (visible_) clear_status();
}

}  // namespace sotto::cli

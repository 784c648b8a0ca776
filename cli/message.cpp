#include "message.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/base/error.h"

namespace sotto::cli {

void print_error(const std::string& sentence) {
  std::fprintf(stderr, "sotto: %s\n", sentence.c_str());
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) {
    fail(ErrorKind::io, "standard output: cannot write to it: ", std::strerror(errno));
  }
}

}  // namespace sotto::cli

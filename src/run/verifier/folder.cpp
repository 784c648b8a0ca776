#include "run/verifier/folder.h"

#include <system_error>

#include "core/base/error.h"

namespace sotto {

void make_folder(const std::filesystem::path& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) {
    fail(ErrorKind::io, folder.string(), ": cannot make this folder: ", problem.message());
  }
}

}  // namespace sotto

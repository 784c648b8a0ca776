#include "output_names.h"

#include <algorithm>
#include <climits>
#include <system_error>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kUsualNameLimit = 255;
constexpr std::size_t kMadeBesideIt = 36;  // the name that a file has until it is whole

/// As the file system is asked for it; where it cannot be (too long a path), as it is written.
fs::path full_path(const fs::path& path) {
  std::error_code error;
  const fs::path written = fs::absolute(path, error);
  fs::path resolved = fs::weakly_canonical(written, error);
  return error ? written.lexically_normal() : resolved;
}

std::size_t name_limit(fs::path there) {
  std::error_code ignored;
  while (!fs::exists(there, ignored) && there.has_relative_path()) there = there.parent_path();
  const long longest = ::pathconf(there.c_str(), _PC_NAME_MAX);
  return longest > 0 ? static_cast<std::size_t>(longest) : kUsualNameLimit;
}

}  // namespace

OutputNames::OutputNames(const fs::path& folder)
    : folder_(full_path(folder)),
      longest_name_(name_limit(folder_)),
      longest_path_(PATH_MAX - 1) {}  // with a zero behind it

void OutputNames::check(const fs::path& recording, const fs::path& file) const {
  const fs::path whole = folder_ / file;
  const std::size_t name = whole.filename().string().size();
  const std::size_t path = whole.parent_path().string().size() + 1 + std::max(name, kMadeBesideIt);
  if (name > longest_name_) {
    fail(ErrorKind::usage, recording.string(), ": expected a name of at most ", longest_name_,
         " bytes for its output ", whole.filename().string(), ", found one of ", name);
  }
  if (path > longest_path_) {
    fail(ErrorKind::usage, recording.string(), ": expected a path of at most ", longest_path_,
         " bytes for its output ", whole.string(), ", found one of ", path);
  }
}

}  // namespace sotto::cli

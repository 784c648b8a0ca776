#include "core/base/scratch_file.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/locked_file.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

fs::path temporary_folder() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  if (error) fail(ErrorKind::io, "$TMPDIR: expected a folder for temporary files, found none");
  return folder;
}

void make_own_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    const int error = errno;
    fail(ErrorKind::io, path.string(),
         ": cannot be made: ", std::generic_category().message(error));
  }
  ::close(file);
}

}  // namespace

ScratchFile::ScratchFile() : ScratchFile(temporary_folder() / concat("sotto-", random_letters())) {}

ScratchFile::ScratchFile(const fs::path& path) : listed_(path, [&] { make_own_file(path); }) {}

ScratchFile::~ScratchFile() { listed_.remove(); }

}  // namespace sotto

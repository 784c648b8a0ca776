#include "core/base/scratch_file.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

#include "core/base/error.h"

namespace sotto {

namespace fs = std::filesystem;

ScratchFile::ScratchFile() {
  std::string path = (fs::temp_directory_path() / "sotto-XXXXXX").string();
  const int file = ::mkstemp(path.data());
  if (file < 0) fail(ErrorKind::io, path, ": cannot be made: ", std::strerror(errno));
  ::close(file);
  path_ = path;
}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

}  // namespace sotto

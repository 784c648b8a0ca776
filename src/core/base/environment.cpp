#include "core/base/environment.h"

#include <cstdlib>

namespace sotto {

namespace fs = std::filesystem;

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

fs::path cache_folder() {
  fs::path cache = environment_path("XDG_CACHE_HOME");
  if (cache.empty()) cache = environment_path("HOME") / ".cache";
  return cache / "sotto";
}

}  // namespace sotto

#include "compile/compiler/log_folder.h"

#include "core/base/error.h"
#include "core/base/staging.h"

namespace sotto {

std::filesystem::path log_folder(const std::filesystem::path& bundle) {
  const std::filesystem::path target = resolve_target(bundle);
  return target.parent_path() / concat(target.filename().string(), ".logs");
}

}  // namespace sotto

#include "bundle_check.h"

#include "core/base/error.h"
#include "core/bundle/bundle.h"

namespace sotto::cli {

void check_bundle(const std::filesystem::path& path, Progress& progress) {
  if (!Bundle::is_bundle(path)) {
    fail(ErrorKind::usage, path.string(), ": expected a bundle for --check (a folder with ",
         kManifestName, ", which says the files' hashes), found none");
  }
  progress.show("checking " + path.string());
  Bundle::open(path).check_hashes();
  progress.clear();
}

}  // namespace sotto::cli

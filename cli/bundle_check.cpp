#include "bundle_check.h"

#include "core/base/error.h"
#include "core/bundle/bundle.h"

namespace sotto::cli {

Bundle checked_bundle(const std::filesystem::path& path, Progress& progress) {
  if (!Bundle::is_bundle(path)) {
    fail(ErrorKind::usage, path.string(), ": expected a bundle for --check (a folder with ",
         kManifestName, ", which says the files' hashes), found none");
  }
  progress.show("checking " + path.string());
  Bundle bundle = Bundle::open(path);
  bundle.check_hashes();
  progress.clear();
  return bundle;
}

}  // namespace sotto::cli

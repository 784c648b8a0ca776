#include "core/tflite/litert_files.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPackage = "ai_edge_litert";
constexpr const char* kLibrary = "libLiteRt.so";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

fs::path if_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored) ? path : fs::path();
}

/// The folders inside `parent` whose names begin with `prefix`, the last in the alphabet first.
std::vector<fs::path> folders_in(const fs::path& parent, std::string_view prefix) {
  std::vector<fs::path> folders;
  std::error_code error;
  for (fs::directory_iterator entry(parent, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) folders.push_back(entry->path());
  }
  std::sort(folders.rbegin(), folders.rend());
  return folders;
}

void add_python(std::vector<fs::path>& places, const fs::path& library_folder) {
  if (library_folder.empty()) return;
  for (const fs::path& python : folders_in(library_folder, "python3")) {
    places.push_back(python / "site-packages" / kPackage);
    places.push_back(python / "dist-packages" / kPackage);
  }
}

std::vector<fs::path> usual_places() {
  std::vector<fs::path> places;
  const fs::path virtual_environment = environment_path("VIRTUAL_ENV"),
                 home = environment_path("HOME");
  if (!virtual_environment.empty()) add_python(places, virtual_environment / "lib");
  if (!home.empty()) add_python(places, home / ".local" / "lib");
  add_python(places, "/usr/local/lib");
  add_python(places, "/usr/lib");
  const fs::path cache = cache_folder();
  // A relative one, of a user without a home, would be wherever somebody calls from.
  if (cache.is_absolute()) places.push_back(cache / "litert" / kPackage);
  return places;
}

/// The version in the name of the package's description, which lies beside the package.
std::string version_of(const fs::path& package) {
  const std::string prefix = concat(kPackage, "-");
  for (const fs::path& folder : folders_in(package.parent_path(), prefix)) {
    const std::string name = folder.stem().string();  // without .dist-info
    return name.substr(prefix.size());
  }
  return {};
}

LitertFiles files_in(const fs::path& folder, const fs::path& library) {
  return {folder, library, if_there(folder / "tools" / "apply_plugin_main"),
          if_there(folder / "vendors" / "mediatek" / "compiler"), version_of(folder)};
}

/// The files at a place that somebody named: a folder or the library itself.
LitertFiles named(const fs::path& place, std::string_view by) {
  std::error_code ignored;
  if (fs::is_directory(place, ignored)) {
    if (is_file(place / kLibrary)) return files_in(place, place / kLibrary);
    fail(ErrorKind::unavailable, by, ": expected ", kLibrary, " in ", place.string(),
         ", found none");
  }
  if (is_file(place)) {
    const fs::path library = fs::absolute(place);  // a bare name would be looked for elsewhere
    return files_in(library.parent_path(), library);
  }
  fail(ErrorKind::unavailable, by, ": expected LiteRT's folder or ", kLibrary,
       ", found nothing at ", place.string());
}

}  // namespace

LitertFiles find_litert(const fs::path& given) {
  if (!given.empty()) return named(given, concat(Option{"litert"}));
  const fs::path chosen = environment_path("SOTTO_LITERT");
  if (!chosen.empty()) return named(chosen, "$SOTTO_LITERT");
  const std::vector<fs::path> places = usual_places();
  for (const fs::path& place : places) {
    if (is_file(place / kLibrary)) return files_in(place, place / kLibrary);
  }
  fail(ErrorKind::unavailable, "LiteRT (", kLibrary,
       ") is not installed: install the Python package ai-edge-litert, or name its folder with ",
       Option{"litert"}, " or $SOTTO_LITERT (looked at ", list_of(places), ")");
}

}  // namespace sotto

#include "compile/toolchains/host_libraries.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

// LiteRT's plugin takes the first of these that it finds, and so does Sotto.
constexpr auto kAdapters = std::to_array<std::string_view>(
    {"libneuronusdk_adapter.mtk.so", "libneuron_adapter_mgvi.so", "libneuron_adapter.so"});
constexpr auto kLibraryFolders = std::to_array<std::string_view>({"", "host/lib", "lib"});
constexpr const char* kSdkPackage = "ai_edge_litert_sdk_mediatek";

/// The package's folders of one major version, data/v8_0_10 and the like, the last first.
std::vector<fs::path> versions_in(const fs::path& package, int neuropilot) {
  std::vector<fs::path> versions;
  const std::string prefix = concat('v', neuropilot, '_');
  std::error_code error;
  for (fs::directory_iterator entry(package / "data", error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(prefix)) versions.push_back(entry->path());
  }
  std::sort(versions.rbegin(), versions.rend());
  return versions;
}

std::vector<fs::path> library_places(const fs::path& sdk, const fs::path& litert, int neuropilot) {
  std::vector<fs::path> roots = sdk_roots(sdk);
  if (sdk.empty() && !litert.empty()) roots.push_back(litert.parent_path() / kSdkPackage);
  std::vector<fs::path> places;
  for (const fs::path& root : roots) {
    for (const std::string_view folder : kLibraryFolders) {
      places.push_back(folder.empty() ? root : root / folder);
    }
    for (const fs::path& version : versions_in(root, neuropilot)) {
      places.push_back(version / "host/lib");
    }
  }
  return places;
}

}  // namespace

fs::path adapter_in(const fs::path& folder) {
  std::error_code ignored;
  for (const std::string_view name : kAdapters) {
    if (fs::exists(folder / name, ignored)) return folder / name;
  }
  return {};
}

fs::path find_host_libraries(const fs::path& sdk, const fs::path& litert, const Target& target) {
  const auto places = library_places(sdk, litert, target.neuropilot);
  const auto found = std::find_if(places.begin(), places.end(),
                                  [](const fs::path& place) { return !adapter_in(place).empty(); });
  if (found != places.end()) return *found;
  fail(ErrorKind::unavailable, "MediaTek's host compiler (libneuron_adapter.so of NeuroPilot ",
       target.neuropilot,
       ") is not here: install the Python package "
       "ai-edge-litert-sdk-mediatek beside ai-edge-litert, or name the NeuroPilot SDK's root "
       "with ",
       Option{"sdk"}, " or $MTK_NEURON_SDK (looked at ", list_of(places), ")");
}

}  // namespace sotto

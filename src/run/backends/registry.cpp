#include "run/backends/registry.h"

#include <array>
#include <string>

#include "core/base/error.h"
#ifdef SOTTO_CPU
#include "run/backends/cpu/cpu_backend.h"
#endif
#ifdef SOTTO_LITERT
#include "run/backends/litert/litert_backend.h"
#endif
#ifdef SOTTO_MTK_CONVERTER
#include "run/backends/mtk/mtk_backend.h"
#endif
#ifdef SOTTO_TORCHSCRIPT
#include "run/backends/plugin.h"
#endif

namespace sotto {
namespace {

struct Entry {
  std::string_view name;
  std::unique_ptr<Backend> (*make)();
};

constexpr auto kEntries = std::to_array<Entry>({
#ifdef SOTTO_CPU
    {"cpu", make_cpu_backend},
#endif
#ifdef SOTTO_TORCHSCRIPT
    {"torchscript", [] { return make_plugin_backend("torchscript", "libsotto_torchscript.so"); }},
#endif
#ifdef SOTTO_LITERT
    {"litert", make_litert_backend},
#endif
#ifdef SOTTO_MTK_CONVERTER
    {"mtk", make_mtk_backend},
#endif
});

std::string known_names() {
  std::string names;
  for (const Entry& entry : kEntries) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

}  // namespace

std::vector<std::string_view> backend_names() {
  std::vector<std::string_view> names;
  names.reserve(kEntries.size());
  for (const Entry& entry : kEntries) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Backend> make_backend(std::string_view name) {
  for (const Entry& entry : kEntries) {
    if (entry.name != name) continue;
    std::unique_ptr<Backend> backend = entry.make();
    const Availability availability = backend->available();
    if (!availability.available) {
      fail(ErrorKind::unavailable, "back end ", name, " cannot run here: ", availability.reason);
    }
    return backend;
  }
  fail(ErrorKind::usage, "expected a back end of this build (", known_names(), "), found \"", name,
       "\"");
}

}  // namespace sotto

#include "run/backends/registry.h"

#include <string>

#include "core/base/error.h"
#ifdef SOTTO_CPU
#include "run/backends/cpu/cpu_backend.h"
#endif
#ifdef SOTTO_LITERT
#include "run/backends/litert/litert_backend.h"
#endif
#ifdef SOTTO_MTK_CONVERTER
#include "run/backends/mtk_converter/mtk_backend.h"
#endif
#ifdef SOTTO_NEURON
#include "run/backends/neuron/neuron_backend.h"
#endif
#ifdef SOTTO_TORCHSCRIPT
#include "run/backends/plugin.h"
#endif

namespace sotto {
namespace {

std::vector<BackendEntry>& entries() {
  static std::vector<BackendEntry> all{
#ifdef SOTTO_CPU
      {"cpu", make_cpu_backend},
#endif
#ifdef SOTTO_TORCHSCRIPT
      {"torchscript",
       [](const BackendOptions& options) {
         return make_plugin_backend("torchscript", "libsotto_torchscript.so", options);
       }},
#endif
#ifdef SOTTO_LITERT
      {"litert", make_litert_backend},
#endif
#ifdef SOTTO_NEURON
      {"neuron", make_neuron_backend},
#endif
#ifdef SOTTO_MTK_CONVERTER
      {"mtk_converter", make_mtk_backend},
#endif
  };
  return all;
}

std::string known_names() {
  std::string names;
  for (const BackendEntry& entry : entries()) {
    if (!names.empty()) names += ", ";
    names += entry.name;
  }
  return names;
}

}  // namespace

BackendRegistration::BackendRegistration(const BackendEntry& entry) { entries().push_back(entry); }

std::vector<std::string_view> backend_names() {
  std::vector<std::string_view> names;
  for (const BackendEntry& entry : entries()) names.push_back(entry.name);
  return names;
}

std::unique_ptr<Backend> describe_backend(std::string_view name, const BackendOptions& options) {
  for (const BackendEntry& entry : entries()) {
    if (entry.name == name) return entry.make(options);
  }
  fail(ErrorKind::usage, "expected a back end of this build (", known_names(), "), found \"", name,
       "\"");
}

std::unique_ptr<Backend> make_backend(std::string_view name, const BackendOptions& options) {
  std::unique_ptr<Backend> backend = options.elsewhere ? options.elsewhere(name) : nullptr;
  if (!backend) backend = describe_backend(name, options);
  const Availability availability = backend->available();
  if (!availability.available) {
    fail(ErrorKind::unavailable, "back end ", name, " cannot run here: ", availability.reason);
  }
  return backend;
}

}  // namespace sotto

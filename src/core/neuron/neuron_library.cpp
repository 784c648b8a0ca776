#include "core/neuron/neuron_library.h"

#include <array>
#include <optional>

#include "core/base/environment.h"
#include "core/base/error.h"
#include "core/neuron/simulation.h"

namespace sotto::neuron {
namespace {

// In the order of the vendor's own clients: Android's for apps first, then by version, then the
// host's. The first that loads is taken.
constexpr auto kAdapterLibraries = std::to_array<const char*>({
    "libneuronusdk_adapter.mtk.so",
    "libneuronusdk_adapter.10.mtk.so",
    "libneuronusdk_adapter.9.mtk.so",
    "libneuronusdk_adapter.so",
    "libneuron_adapter_mgvi.so",
    "libneuron_adapter.so",
});
constexpr auto kRuntimeLibraries = std::to_array<const char*>({
    "libneuron_runtime.8.so",
    "libneuron_runtime.7.so",
    "libneuron_runtime.6.so",
    "libneuron_runtime.so",
});

// What a library with NeuronRuntime has, and one with NeuronAdapter has not.
constexpr const char* kRuntimeSymbol = "NeuronRuntime_inference";
constexpr const char* kAdapterSymbol = "Neuron_getVersion";

/// What is in a library that may be either.
Interface interface_of(const SharedLibrary& library) {
  const bool is_runtime = library.has(kRuntimeSymbol) && !library.has(kAdapterSymbol);
  return is_runtime ? Interface::runtime : Interface::adapter;
}

/// What the caller or the environment names; empty where neither does.
std::string named_library(const std::filesystem::path& given) {
  return given.empty() ? environment_path("SOTTO_NEURON").string() : given.string();
}

std::optional<NeuronLibrary> load_named(const std::filesystem::path& given) {
  const std::string name = named_library(given);
  if (name.empty()) return std::nullopt;
  const SharedLibrary library(name);
  return NeuronLibrary{library, name, interface_of(library), library.has(kSimulationSymbol)};
}

/// The first of the usual ones that loads; `tried` gets the names of the others.
std::optional<NeuronLibrary> load_usual(Interface interface, std::string& tried) {
  for (const char* name : usual_libraries(interface)) {
    try {
      const SharedLibrary library(name);
      return NeuronLibrary{library, name, interface, library.has(kSimulationSymbol)};
    } catch (const Error&) {
      tried += tried.empty() ? name : std::string(", ") + name;
    }
  }
  return std::nullopt;
}

[[noreturn]] void refuse(std::string_view what, const std::string& tried) {
  fail(ErrorKind::unavailable, "expected MediaTek's ", what,
       ", which boards with a MediaTek NPU have, found none of ", tried, ": name it with ",
       Option{"neuron"}, " or $SOTTO_NEURON");
}

}  // namespace

std::span<const char* const> usual_libraries(Interface interface) {
  if (interface == Interface::adapter) return kAdapterLibraries;
  return kRuntimeLibraries;
}

NeuronLibrary find_library(const std::filesystem::path& given) {
  if (auto named = load_named(given)) return *std::move(named);
  std::string tried;
  for (const Interface interface : {Interface::adapter, Interface::runtime}) {
    if (auto found = load_usual(interface, tried)) return *std::move(found);
  }
  refuse("NeuronAdapter or NeuronRuntime", tried);
}

NeuronLibrary find_adapter_library(const std::filesystem::path& given) {
  if (auto named = load_named(given)) return *std::move(named);
  std::string tried;
  if (auto found = load_usual(Interface::adapter, tried)) return *std::move(found);
  refuse("NeuronAdapter", tried);
}

}  // namespace sotto::neuron

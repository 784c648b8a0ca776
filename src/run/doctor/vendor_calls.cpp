#include "run/doctor/vendor_calls.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/error.h"
#include "core/neuron/neuron_abi.h"
#include "core/neuron/runtime_abi.h"
#include "core/neuron/simulation.h"

namespace sotto {
namespace {

using neuron::kOk;
using neuron::Result;

/// What a NeuronRuntime is made with, and room behind it for what later versions read.
struct RuntimeOptions {
  neuron::runtime::Environment environment{neuron::runtime::kHardwareDevice, 0, 1, false, false};
  std::array<std::byte, 64> room{};
};

/// The function of this name; null where the library has none.
template <class Function>
Function* find(const SharedLibrary& library, const char* name) {
  try {
    return library.function<Function>(name);
  } catch (const Error&) {
    return nullptr;
  }
}

}  // namespace

void ask_devices(const SharedLibrary& library, LibraryFacts& facts) {
  constexpr std::uint32_t kMostDevices = 16;
  const auto count_of = find<Result(std::uint32_t*)>(library, "Neuron_getDeviceCount");
  const auto device_at = find<Result(std::uint32_t, void**)>(library, "Neuron_getDevice");
  const auto name_at = find<Result(const void*, const char**)>(library, "NeuronDevice_getName");
  std::uint32_t count = 0;
  if (count_of == nullptr || device_at == nullptr || name_at == nullptr ||
      count_of(&count) != kOk) {
    return;
  }
  for (std::uint32_t i = 0; i < std::min(count, kMostDevices); ++i) {
    void* device = nullptr;
    const char* name = nullptr;
    if (device_at(i, &device) != kOk || name_at(device, &name) != kOk || name == nullptr) continue;
    facts.devices.emplace_back(name);
  }
}

bool is_simulation(const SharedLibrary& library) {
  bool answer = true;  // nothing else has the function, even where the call is refused
  const auto ask = find<Result(bool*)>(library, neuron::kSimulationSymbol);
  return ask != nullptr && (ask(&answer) != kOk || answer);
}

void ask_runtime(const SharedLibrary& library, LibraryFacts& facts) {
  neuron::Version version{};
  const auto version_of = find<Result(neuron::Version*)>(library, "NeuronRuntime_getVersion");
  if (version_of != nullptr && version_of(&version) == kOk) {
    facts.version = concat(int{version.major}, '.', int{version.minor}, '.', int{version.patch});
  }
  const auto create = find<Result(const char*, const RuntimeOptions*, void**)>(
      library, "NeuronRuntime_create_with_options");
  const auto release = find<void(void*)>(library, "NeuronRuntime_release");
  if (create == nullptr || release == nullptr) return;
  const RuntimeOptions options;
  void* runtime = nullptr;
  facts.call = "NeuronRuntime_create_with_options";
  facts.answer = create("", &options, &runtime);
  if (facts.answer == kOk && runtime != nullptr) release(runtime);
}

void ask_service(const SharedLibrary& library, LibraryFacts& facts) {
  constexpr const char* kName = "NeuronService_getNeuroPilotMagicNumber";
  const auto ask = find<Result(std::int32_t*)>(library, kName);
  if (ask == nullptr) return;
  std::int32_t number = 0;
  facts.call = kName;
  facts.answer = ask(&number);
}

}  // namespace sotto

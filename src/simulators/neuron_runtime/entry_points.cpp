#include <algorithm>
#include <span>

#include "core/neuron/runtime_abi.h"
#include "simulators/neuron_adapter/call.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/registry.h"
#include "simulators/neuron_adapter/switches.h"
#include "simulators/neuron_runtime/runtime.h"

// NeuronRuntime's functions, under the vendor's names: each finds the runtime of its handle and
// calls what knows the rule.

namespace sotto::simulator {
namespace {

using neuron::runtime::BufferAttribute;
using neuron::runtime::Environment;
using neuron::runtime::QualityOfService;
using neuron::runtime::Result;

struct Handle;

Registry<Runtime, Handle>& runtimes() {
  static Registry<Runtime, Handle> all("runtime");
  return all;
}

std::shared_ptr<Runtime> find(void* runtime) {
  return runtimes().find(static_cast<Handle*>(runtime));
}

/// NeuronAdapter's answer in this interface's numbers.
Result translated(neuron::Result result) {
  switch (result) {
    case neuron::kBadState:
      return neuron::runtime::kBadState;
    case neuron::kOk:
    case neuron::kOutOfMemory:
    case neuron::kUnexpectedNull:
    case neuron::kBadData:
      return result;
    default:
      return neuron::runtime::kHardware;
  }
}

/// What a function does with a runtime and where its answer goes.
template <class Value, class Body>
Result ask(const char* function, void* runtime, Value* value, const Body& body) {
  return translated(answer(function, [&] {
    const auto found = find(runtime);
    given(value, "an answer's place") = body(*found);
  }));
}

template <class Body>
Result tell(const char* function, void* runtime, const Body& body) {
  return translated(answer(function, [&] { body(*find(runtime)); }));
}

template <class Byte>
std::span<Byte> buffer_of(Byte* first, std::size_t length) {
  return {&given(first, "a buffer"), length};
}

/// Four extents, ones in front.
struct Dimensions {
  std::uint32_t extents[4];
};
Dimensions four(const Extents& extents) {
  if (extents.size() > 4) refuse(neuron::kBadData, "expected at most 4 axes");
  Dimensions dimensions{{1, 1, 1, 1}};
  std::copy_backward(extents.begin(), extents.end(), std::end(dimensions.extents));
  return dimensions;
}

void create(const Environment* environment, void** runtime) {
  given(runtime, "where the runtime goes") = nullptr;
  *runtime = runtimes().add(std::make_shared<Runtime>(given(environment, "an environment")));
}

}  // namespace
}  // namespace sotto::simulator

using namespace sotto::simulator;

#define SOTTO_EXPORT extern "C" __attribute__((visibility("default")))

SOTTO_EXPORT Result NeuronRuntime_getVersion(sotto::neuron::Version* version) {
  return translated(answer(__func__, [&] { given(version, "a version") = switches().version; }));
}

/// Only the simulator has it (core/neuron/simulation.h): it says that this is no device.
SOTTO_EXPORT Result SottoSimulator_isSimulation(bool* is_simulation) {
  return translated(answer(__func__, [&] { given(is_simulation, "an answer's place") = true; }));
}

SOTTO_EXPORT Result NeuronRuntime_create(const Environment* environment, void** runtime) {
  return translated(answer(__func__, [&] { create(environment, runtime); }));
}

SOTTO_EXPORT Result NeuronRuntime_create_with_options(const char* options,
                                                      const Environment* environment,
                                                      void** runtime) {
  return translated(answer(__func__, [&] {
    (void)given(options, "options");
    create(environment, runtime);
  }));
}

SOTTO_EXPORT Result NeuronRuntime_loadNetworkFromFile(void* runtime, const char* path) {
  return tell(__func__, runtime, [&](Runtime& found) { found.load(&given(path, "a path")); });
}

SOTTO_EXPORT Result NeuronRuntime_loadNetworkFromBuffer(void* runtime, const void* buffer,
                                                        std::size_t size) {
  return tell(__func__, runtime, [&](Runtime& found) {
    found.load(buffer_of(static_cast<const std::byte*>(buffer), size));
  });
}

SOTTO_EXPORT Result NeuronRuntime_getInputNumber(void* runtime, std::size_t* count) {
  return ask(__func__, runtime, count, [](const Runtime& found) { return found.input_count(); });
}

SOTTO_EXPORT Result NeuronRuntime_getOutputNumber(void* runtime, std::size_t* count) {
  return ask(__func__, runtime, count, [](const Runtime& found) { return found.output_count(); });
}

SOTTO_EXPORT Result NeuronRuntime_getInputSize(void* runtime, std::uint64_t index,
                                               std::size_t* size) {
  return ask(__func__, runtime, size,
             [&](const Runtime& found) { return found.input_size(index); });
}

SOTTO_EXPORT Result NeuronRuntime_getOutputSize(void* runtime, std::uint64_t index,
                                                std::size_t* size) {
  return ask(__func__, runtime, size,
             [&](const Runtime& found) { return found.output_size(index); });
}

SOTTO_EXPORT Result NeuronRuntime_getInputPaddedSize(void* runtime, std::uint64_t index,
                                                     std::size_t* size) {
  return ask(__func__, runtime, size,
             [&](const Runtime& found) { return found.padded_input_size(index); });
}

SOTTO_EXPORT Result NeuronRuntime_getOutputPaddedSize(void* runtime, std::uint64_t index,
                                                      std::size_t* size) {
  return ask(__func__, runtime, size,
             [&](const Runtime& found) { return found.padded_output_size(index); });
}

SOTTO_EXPORT Result NeuronRuntime_getInputPaddedDimensions(void* runtime, std::uint64_t index,
                                                           Dimensions* dimensions) {
  return ask(__func__, runtime, dimensions,
             [&](const Runtime& found) { return four(found.padded_input(index)); });
}

SOTTO_EXPORT Result NeuronRuntime_getOutputPaddedDimensions(void* runtime, std::uint64_t index,
                                                            Dimensions* dimensions) {
  return ask(__func__, runtime, dimensions,
             [&](const Runtime& found) { return four(found.padded_output(index)); });
}

SOTTO_EXPORT Result NeuronRuntime_setInput(void* runtime, std::uint64_t index, const void* buffer,
                                           std::size_t length, BufferAttribute attribute) {
  return tell(__func__, runtime, [&](Runtime& found) {
    found.set_input(index, buffer_of(static_cast<const std::byte*>(buffer), length), attribute);
  });
}

SOTTO_EXPORT Result NeuronRuntime_setOutput(void* runtime, std::uint64_t index, void* buffer,
                                            std::size_t length, BufferAttribute attribute) {
  return tell(__func__, runtime, [&](Runtime& found) {
    found.set_output(index, buffer_of(static_cast<std::byte*>(buffer), length), attribute);
  });
}

SOTTO_EXPORT Result NeuronRuntime_setQoSOption(void* runtime, const QualityOfService* quality) {
  return tell(__func__, runtime, [&](const Runtime& found) {
    found.set_quality_of_service(given(quality, "options of quality"));
  });
}

SOTTO_EXPORT Result NeuronRuntime_inference(void* runtime) {
  return tell(__func__, runtime, [](Runtime& found) { found.infer(); });
}

SOTTO_EXPORT void NeuronRuntime_release(void* runtime) {
  release(__func__, runtime, [&] { runtimes().remove(static_cast<Handle*>(runtime)); });
}

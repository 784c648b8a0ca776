#include "core/neuron/runtime_api.h"

#include <array>

#include "core/base/error.h"
#include "core/neuron/symbols.h"

namespace sotto::neuron {
namespace {

constexpr auto kMeanings = std::to_array<std::string_view>({
    "ok",
    "out of memory",
    "incomplete",
    "unexpected null",
    "bad data",
    "bad state",
    "the hardware failed",
});

constexpr auto kRequired = std::to_array<Symbol<RuntimeApi>>({
    {"NeuronRuntime_create_with_options", take<&RuntimeApi::create>},
    {"NeuronRuntime_loadNetworkFromBuffer", take<&RuntimeApi::load_from_buffer>},
    {"NeuronRuntime_getInputSize", take<&RuntimeApi::input_size>},
    {"NeuronRuntime_getOutputSize", take<&RuntimeApi::output_size>},
    {"NeuronRuntime_setInput", take<&RuntimeApi::set_input>},
    {"NeuronRuntime_setOutput", take<&RuntimeApi::set_output>},
    {"NeuronRuntime_inference", take<&RuntimeApi::inference>},
    {"NeuronRuntime_release", take<&RuntimeApi::release>},
});

constexpr auto kOptional = std::to_array<Symbol<RuntimeApi>>({
    {"NeuronRuntime_getVersion", take<&RuntimeApi::get_version>},
    {"NeuronRuntime_getInputNumber", take<&RuntimeApi::input_count>},
    {"NeuronRuntime_getOutputNumber", take<&RuntimeApi::output_count>},
    {"NeuronRuntime_setQoSOption", take<&RuntimeApi::set_quality_of_service>},
});

}  // namespace

std::vector<const char*> required_runtime_functions() { return names_of<RuntimeApi>(kRequired); }
std::vector<const char*> optional_runtime_functions() { return names_of<RuntimeApi>(kOptional); }

std::string describe_runtime(runtime::Result result) {
  const bool known = result >= 0 && static_cast<std::size_t>(result) < kMeanings.size();
  return concat(known ? kMeanings[static_cast<std::size_t>(result)] : "an unknown answer", " (",
                result, ")");
}

void RuntimeApi::check(runtime::Result result, std::string_view function,
                       std::string_view what) const {
  if (result == runtime::kOk) return;
  const bool lacks = result == runtime::kOutOfMemory || result == runtime::kHardware;
  fail(lacks ? ErrorKind::unavailable : ErrorKind::format, what, ": ", function, "() of ", title(),
       " answered ", describe_runtime(result));
}

std::string RuntimeApi::title() const {
  if (version.major == 0) return library;
  return concat(library, " ", int{version.major}, ".", int{version.minor}, ".", int{version.patch});
}

RuntimeApi load_runtime_api(const NeuronLibrary& loaded) {
  RuntimeApi api{};
  api.library = loaded.name;
  api.is_simulation = loaded.is_simulation;
  take_all<RuntimeApi>(api, loaded.library, kRequired, kOptional);
  if (api.get_version != nullptr) {
    api.check(api.get_version(&api.version), "NeuronRuntime_getVersion", api.library);
  }
  return api;
}

}  // namespace sotto::neuron

#include "core/neuron/neuron_api.h"

#include <array>

#include "core/base/error.h"
#include "core/neuron/symbols.h"

namespace sotto::neuron {
namespace {

struct Meaning {
  std::string_view words, name;
};

constexpr auto kMeanings = std::to_array<Meaning>({
    {"ok", "NEURON_NO_ERROR"},
    {"out of memory", "NEURON_OUT_OF_MEMORY"},
    {"incomplete", "NEURON_INCOMPLETE"},
    {"unexpected null", "NEURON_UNEXPECTED_NULL"},
    {"bad data", "NEURON_BAD_DATA"},
    {"operation failed", "NEURON_OP_FAILED"},
    {"unmappable", "NEURON_UNMAPPABLE"},
    {"bad state", "NEURON_BAD_STATE"},
    {"bad version", "NEURON_BAD_VERSION"},
    {"output too small", "NEURON_OUTPUT_INSUFFICIENT_SIZE"},
    {"device unavailable", "NEURON_UNAVAILABLE_DEVICE"},
    {"deadline missed", "NEURON_MISSED_DEADLINE_TRANSIENT"},
    {"deadline missed for good", "NEURON_MISSED_DEADLINE_PERSISTENT"},
    {"resource exhausted", "NEURON_RESOURCE_EXHAUSTED_TRANSIENT"},
    {"resource exhausted for good", "NEURON_RESOURCE_EXHAUSTED_PERSISTENT"},
    {"dead object", "NEURON_DEAD_OBJECT"},
});

bool is_known(Result result) {
  return result >= 0 && static_cast<std::size_t>(result) < kMeanings.size();
}

constexpr Result kUnavailableDevice = 10;
constexpr Result kDeadObject = 15;

constexpr auto kRequired = std::to_array<Symbol<Api>>({
    {"Neuron_getVersion", take<&Api::get_version>},
    {"NeuronModel_create", take<&Api::model_create>},
    {"NeuronModel_free", take<&Api::model_free>},
    {"NeuronModel_finish", take<&Api::model_finish>},
    {"NeuronModel_addOperand", take<&Api::model_add_operand>},
    {"NeuronModel_setOperandValue", take<&Api::model_set_operand_value>},
    {"NeuronModel_addOperation", take<&Api::model_add_operation>},
    {"NeuronModel_identifyInputsAndOutputs", take<&Api::model_identify>},
    {"NeuronModel_restoreFromCompiledNetwork", take<&Api::model_restore>},
    {"NeuronCompilation_create", take<&Api::compilation_create>},
    {"NeuronCompilation_free", take<&Api::compilation_free>},
    {"NeuronCompilation_finish", take<&Api::compilation_finish>},
    {"NeuronCompilation_setPreference", take<&Api::compilation_set_preference>},
    {"NeuronCompilation_setPriority", take<&Api::compilation_set_priority>},
    {"NeuronExecution_create", take<&Api::execution_create>},
    {"NeuronExecution_free", take<&Api::execution_free>},
    {"NeuronExecution_setInput", take<&Api::execution_set_input>},
    {"NeuronExecution_setOutput", take<&Api::execution_set_output>},
    {"NeuronExecution_compute", take<&Api::execution_compute>},
});

constexpr auto kOptional = std::to_array<Symbol<Api>>({
    {"Neuron_getL1MemorySizeKb", take<&Api::get_l1_memory_kb>},
    {"NeuronModel_setName", take<&Api::model_set_name>},
    {"NeuronModel_relaxComputationFloat32toFloat16", take<&Api::model_relax_to_float16>},
    {"NeuronModel_getExtensionOperandType", take<&Api::model_extension_operand_type>},
    {"NeuronModel_getExtensionOperationType", take<&Api::model_extension_operation_type>},
    {"NeuronCompilation_createWithOptions", take<&Api::compilation_create_with_options>},
    {"NeuronCompilation_setOptimizationString", take<&Api::compilation_set_optimization_string>},
    {"NeuronCompilation_setL1MemorySizeKb", take<&Api::compilation_set_l1_memory_kb>},
    {"NeuronCompilation_getSupportedOperations", take<&Api::compilation_supported_operations>},
    {"NeuronCompilation_getInputPaddedSize", take<&Api::compilation_input_padded_size>},
    {"NeuronCompilation_getOutputPaddedSize", take<&Api::compilation_output_padded_size>},
    {"NeuronCompilation_getInputPaddedDimensions", take<&Api::compilation_input_padded_dimensions>},
    {"NeuronCompilation_getOutputPaddedDimensions",
     take<&Api::compilation_output_padded_dimensions>},
    {"NeuronCompilation_getCompiledNetworkSize", take<&Api::compilation_network_size>},
    {"NeuronCompilation_storeCompiledNetwork", take<&Api::compilation_store_network>},
    {"NeuronExecution_setBoostHint", take<&Api::execution_set_boost>},
    {"NeuronExecution_setInputFromMemory", take<&Api::execution_set_input_memory>},
    {"NeuronExecution_setOutputFromMemory", take<&Api::execution_set_output_memory>},
    {"NeuronMemory_createFromFd", take<&Api::memory_create_from_fd>},
    {"NeuronMemory_free", take<&Api::memory_free>},
});

}  // namespace

std::string describe(Result result) {
  return concat(
      is_known(result) ? kMeanings[static_cast<std::size_t>(result)].words : "an unknown answer",
      " (", result, ")");
}

std::string_view name_of(Result result) {
  return is_known(result) ? kMeanings[static_cast<std::size_t>(result)].name : "";
}

std::vector<const char*> required_functions() { return names_of<Api>(kRequired); }
std::vector<const char*> optional_functions() { return names_of<Api>(kOptional); }

void Api::check(Result result, std::string_view function, std::string_view what) const {
  if (result == kOk) return;
  const bool lacks =
      result == kOutOfMemory || (result >= kUnavailableDevice && result <= kDeadObject);
  throw RefusedCall(lacks ? ErrorKind::unavailable : ErrorKind::format,
                    concat(what, ": ", function, "() of ", library, " ", version_text(),
                           " answered ", describe(result)),
                    function, result);
}

void Api::refuse_missing(std::string_view name, std::string_view purpose) const {
  fail(ErrorKind::unavailable, library, " ", version_text(), ": ", purpose, " takes ", name,
       "(), which this version does not have");
}

std::string Api::version_text() const {
  return concat(int{version.major}, ".", int{version.minor}, ".", int{version.patch});
}

Api load_api(const NeuronLibrary& loaded) {
  Api api{};
  api.library = loaded.name;
  api.is_simulation = loaded.is_simulation;
  take_all<Api>(api, loaded.library, kRequired, kOptional);
  api.check(api.get_version(&api.version), "Neuron_getVersion", api.library);
  return api;
}

Api load_api(const std::filesystem::path& library) {
  return load_api(find_adapter_library(library));
}

}  // namespace sotto::neuron

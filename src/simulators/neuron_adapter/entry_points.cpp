#include <algorithm>
#include <span>
#include <string_view>

#include "core/neuron/neuron_abi.h"
#include "simulators/neuron_adapter/call.h"
#include "simulators/neuron_adapter/objects.h"
#include "simulators/neuron_adapter/refusal.h"
#include "simulators/neuron_adapter/registry.h"
#include "simulators/neuron_adapter/switches.h"

// The functions of the interface, under the vendor's names: each finds the objects of its handles
// and calls what knows the rule. How many parameters they have is the interface's.
// NOLINTBEGIN(readability-function-size)

namespace sotto::simulator {
namespace {

using namespace neuron;

Registry<Model, ModelHandle>& models() {
  static Registry<Model, ModelHandle> all("model");
  return all;
}
Registry<Compilation, CompilationHandle>& compilations() {
  static Registry<Compilation, CompilationHandle> all("compilation");
  return all;
}
Registry<Execution, ExecutionHandle>& executions() {
  static Registry<Execution, ExecutionHandle> all("execution");
  return all;
}
Registry<Memory, MemoryHandle>& memories() {
  static Registry<Memory, MemoryHandle> all("memory");
  return all;
}

std::span<const std::uint32_t> list(const std::uint32_t* first, std::uint32_t count) {
  if (count > 0) (void)given(first, "a list of operands");
  return {first, count};
}

void expect_no_type(const OperandType* type) {
  if (type != nullptr) refuse(kBadData, "the type of a buffer is null always");
}

// What is changed before a compilation is finished.
void configure(CompilationHandle* compilation, const char* what) {
  compilations().find(compilation)->check_open(what);
}

void create(ModelHandle* model, CompilationHandle** out) {
  given(out, "where the compilation goes") = nullptr;
  auto made = std::make_shared<Compilation>(models().find(model));
  *out = compilations().add(std::move(made), model);
}

}  // namespace
}  // namespace sotto::simulator

using namespace sotto::neuron;
using namespace sotto::simulator;

#define SOTTO_EXPORT extern "C" __attribute__((visibility("default")))

SOTTO_EXPORT Result Neuron_getVersion(Version* version) {
  return answer(__func__, [&] { given(version, "a version") = switches().version; });
}

SOTTO_EXPORT Result Neuron_getL1MemorySizeKb(std::uint32_t* size) {
  return answer(__func__, [&] { given(size, "a size") = soc() == "mt8189" ? 256 : 7168; });
}

/// Only the simulator has it (core/neuron/simulation.h): it says that this is no device.
SOTTO_EXPORT Result SottoSimulator_isSimulation(bool* is_simulation) {
  return answer(__func__, [&] { given(is_simulation, "an answer's place") = true; });
}

SOTTO_EXPORT Result NeuronModel_create(ModelHandle** model) {
  return answer(__func__, [&] {
    given(model, "where the model goes") = models().add(std::make_shared<Model>());
  });
}

SOTTO_EXPORT void NeuronModel_free(ModelHandle* model) {
  release(__func__, model, [&] {
    models().remove(model);
    if (compilations().orphan(model)) {
      refuse(kBadState, "a model is freed before the compilations that were made of it");
    }
  });
}

SOTTO_EXPORT Result NeuronModel_finish(ModelHandle* model) {
  return answer(__func__, [&] { models().find(model)->finish(); });
}

SOTTO_EXPORT Result NeuronModel_setName(ModelHandle* model, const char* name) {
  return answer(__func__, [&] { models().find(model)->set_name(&given(name, "a name")); });
}

SOTTO_EXPORT Result NeuronModel_addOperand(ModelHandle* model, const OperandType* type) {
  return answer(__func__, [&] { models().find(model)->add_operand(given(type, "a type")); });
}

SOTTO_EXPORT Result NeuronModel_setOperandValue(ModelHandle* model, std::int32_t index,
                                                const void* buffer, std::size_t length) {
  return answer(__func__, [&] { models().find(model)->set_value(index, buffer, length); });
}

SOTTO_EXPORT Result NeuronModel_setOperandSymmPerChannelQuantParams(
    ModelHandle* model, std::int32_t index, const SymmetricChannelParameters* parameters) {
  return answer(__func__, [&] {
    const auto& [channel, count, scales] = given(parameters, "parameters");
    models().find(model)->set_channel_scales(index, {channel, count, scales, 0, nullptr});
  });
}

SOTTO_EXPORT Result NeuronModel_setOperandPerChannelQuantParams(
    ModelHandle* model, std::int32_t index, const ChannelParameters* parameters) {
  return answer(__func__, [&] {
    models().find(model)->set_channel_scales(index, given(parameters, "parameters"));
  });
}

SOTTO_EXPORT Result NeuronModel_addOperation(ModelHandle* model, std::int32_t type,
                                             std::uint32_t input_count, const std::uint32_t* inputs,
                                             std::uint32_t output_count,
                                             const std::uint32_t* outputs) {
  return answer(__func__, [&] {
    models().find(model)->add_operation(type, list(inputs, input_count),
                                        list(outputs, output_count));
  });
}

SOTTO_EXPORT Result NeuronModel_identifyInputsAndOutputs(ModelHandle* model,
                                                         std::uint32_t input_count,
                                                         const std::uint32_t* inputs,
                                                         std::uint32_t output_count,
                                                         const std::uint32_t* outputs) {
  return answer(__func__, [&] {
    models().find(model)->identify(list(inputs, input_count), list(outputs, output_count));
  });
}

SOTTO_EXPORT Result NeuronModel_relaxComputationFloat32toFloat16(ModelHandle* model, bool allow) {
  return answer(__func__, [&] { models().find(model)->relax(allow); });
}

SOTTO_EXPORT Result NeuronModel_getExtensionOperandType(ModelHandle* model, const char* domain,
                                                        std::uint16_t code, std::int32_t* type) {
  return answer(__func__, [&] {
    (void)models().find(model);
    given(type, "where the type goes") = Model::operand_type(&given(domain, "a domain"), code);
  });
}

SOTTO_EXPORT Result NeuronModel_getExtensionOperationType(ModelHandle* model, const char* domain,
                                                          std::uint16_t code, std::int32_t* type) {
  return answer(__func__, [&] {
    (void)models().find(model);
    given(type, "where the type goes") = Model::operation_type(&given(domain, "a domain"), code);
  });
}

SOTTO_EXPORT Result NeuronModel_restoreFromCompiledNetwork(ModelHandle** model,
                                                           CompilationHandle** compilation,
                                                           const void* buffer, std::size_t size) {
  return answer(__func__, [&] {
    given(model, "where the model goes") = nullptr;
    given(compilation, "where the compilation goes") = nullptr;
    const auto* bytes = &given(static_cast<const std::byte*>(buffer), "a compiled network");
    auto restored = std::make_shared<Compilation>(std::span(bytes, size));
    *model = models().add(std::make_shared<Model>());
    *compilation = compilations().add(std::move(restored), *model);
  });
}

SOTTO_EXPORT Result NeuronCompilation_create(ModelHandle* model, CompilationHandle** compilation) {
  return answer(__func__, [&] { create(model, compilation); });
}

SOTTO_EXPORT Result NeuronCompilation_createWithOptions(ModelHandle* model,
                                                        CompilationHandle** compilation,
                                                        const char* options) {
  return answer(__func__, [&] {
    (void)given(options, "options");
    create(model, compilation);
  });
}

SOTTO_EXPORT void NeuronCompilation_free(CompilationHandle* compilation) {
  release(__func__, compilation, [&] {
    compilations().remove(compilation);
    if (executions().orphan(compilation)) {
      refuse(kBadState, "a compilation is freed before the executions that were made of it");
    }
  });
}

SOTTO_EXPORT Result NeuronCompilation_finish(CompilationHandle* compilation) {
  return answer(__func__, [&] { compilations().find(compilation)->finish(); });
}

SOTTO_EXPORT Result NeuronCompilation_setPreference(CompilationHandle* compilation,
                                                    std::int32_t preference) {
  return answer(__func__, [&] {
    configure(compilation, "a preference");
    if (preference < 0 || preference > 3) {
      refuse(kBadData, "expected a preference from 0 to 3, found ", preference);
    }
  });
}

SOTTO_EXPORT Result NeuronCompilation_setPriority(CompilationHandle* compilation, int priority) {
  return answer(__func__, [&] {
    configure(compilation, "a priority");
    if (priority != 90 && priority != 100 && priority != 110) {
      refuse(kBadData, "expected a priority of 90, 100 or 110, found ", priority);
    }
  });
}

SOTTO_EXPORT Result NeuronCompilation_setOptimizationHint(CompilationHandle* compilation,
                                                          std::uint32_t hint) {
  return answer(__func__, [&] {
    configure(compilation, "an optimization hint");
    if (hint > 7) refuse(kBadData, "expected an optimization hint from 0 to 7, found ", hint);
  });
}

SOTTO_EXPORT Result NeuronCompilation_setOptimizationString(CompilationHandle* compilation,
                                                            const char* text) {
  return answer(__func__, [&] {
    configure(compilation, "an optimization string");
    (void)given(text, "an optimization string");
  });
}

SOTTO_EXPORT Result NeuronCompilation_setL1MemorySizeKb(CompilationHandle* compilation,
                                                        std::uint32_t) {
  return answer(__func__, [&] { configure(compilation, "the size of the L1 memory"); });
}

SOTTO_EXPORT Result NeuronCompilation_getSupportedOperations(CompilationHandle* compilation,
                                                             std::uint32_t count, bool* supported) {
  return answer(__func__, [&] {
    const auto found = compilations().find(compilation)->supported();
    if (count < found.size()) {
      refuse(kBadData, "expected room for ", found.size(), " operations, found ", count);
    }
    std::copy(found.begin(), found.end(), &given(supported, "a list of answers"));
  });
}

SOTTO_EXPORT Result NeuronCompilation_getInputPaddedSize(CompilationHandle* compilation,
                                                         std::int32_t index, std::size_t* size) {
  return answer(__func__, [&] {
    given(size, "a size") = compilations().find(compilation)->input_bytes(index);
  });
}

SOTTO_EXPORT Result NeuronCompilation_getOutputPaddedSize(CompilationHandle* compilation,
                                                          std::int32_t index, std::size_t* size) {
  return answer(__func__, [&] {
    given(size, "a size") = compilations().find(compilation)->output_bytes(index);
  });
}

SOTTO_EXPORT Result NeuronCompilation_getInputPaddedDimensions(CompilationHandle* compilation,
                                                               std::int32_t index,
                                                               std::uint32_t* dimensions) {
  return answer(__func__, [&] {
    const auto extents = compilations().find(compilation)->padded_input(index);
    std::copy(extents.begin(), extents.end(), &given(dimensions, "extents"));
  });
}

SOTTO_EXPORT Result NeuronCompilation_getOutputPaddedDimensions(CompilationHandle* compilation,
                                                                std::int32_t index,
                                                                std::uint32_t* dimensions) {
  return answer(__func__, [&] {
    const auto extents = compilations().find(compilation)->padded_output(index);
    std::copy(extents.begin(), extents.end(), &given(dimensions, "extents"));
  });
}

SOTTO_EXPORT Result NeuronCompilation_getCompiledNetworkSize(CompilationHandle* compilation,
                                                             std::size_t* size) {
  return answer(__func__,
                [&] { given(size, "a size") = compilations().find(compilation)->network_size(); });
}

SOTTO_EXPORT Result NeuronCompilation_storeCompiledNetwork(CompilationHandle* compilation,
                                                           void* buffer, std::size_t size) {
  return answer(__func__, [&] {
    auto* bytes = &given(static_cast<std::byte*>(buffer), "a buffer");
    compilations().find(compilation)->store_network({bytes, size});
  });
}

SOTTO_EXPORT Result NeuronMemory_createFromFd(std::size_t size, int protection, int descriptor,
                                              std::size_t offset, MemoryHandle** memory) {
  return answer(__func__, [&] {
    given(memory, "where the memory goes") = nullptr;
    *memory = memories().add(std::make_shared<Memory>(size, protection, descriptor, offset));
  });
}

SOTTO_EXPORT Result NeuronMemory_createFromAHardwareBuffer(const void*, MemoryHandle**) {
  return answer(__func__, [] { refuse(kBadState, "there are no AHardwareBuffers here"); });
}

SOTTO_EXPORT void NeuronMemory_free(MemoryHandle* memory) {
  release(__func__, memory, [&] { memories().remove(memory); });
}

SOTTO_EXPORT Result NeuronExecution_create(CompilationHandle* compilation,
                                           ExecutionHandle** execution) {
  return answer(__func__, [&] {
    given(execution, "where the execution goes") = nullptr;
    auto made = std::make_shared<Execution>(compilations().find(compilation));
    *execution = executions().add(std::move(made), compilation);
  });
}

SOTTO_EXPORT void NeuronExecution_free(ExecutionHandle* execution) {
  release(__func__, execution, [&] { executions().remove(execution); });
}

SOTTO_EXPORT Result NeuronExecution_setInput(ExecutionHandle* execution, std::int32_t index,
                                             const OperandType* type, const void* buffer,
                                             std::size_t length) {
  return answer(__func__, [&] {
    expect_no_type(type);
    executions().find(execution)->set_input(index, buffer, length);
  });
}

SOTTO_EXPORT Result NeuronExecution_setOutput(ExecutionHandle* execution, std::int32_t index,
                                              const OperandType* type, void* buffer,
                                              std::size_t length) {
  return answer(__func__, [&] {
    expect_no_type(type);
    executions().find(execution)->set_output(index, buffer, length);
  });
}

SOTTO_EXPORT Result NeuronExecution_setInputFromMemory(ExecutionHandle* execution,
                                                       std::uint32_t index, const OperandType* type,
                                                       const MemoryHandle* memory,
                                                       std::size_t offset, std::size_t length) {
  return answer(__func__, [&] {
    expect_no_type(type);
    executions().find(execution)->set_input(static_cast<std::int32_t>(index),
                                            memories().find(memory), offset, length);
  });
}

SOTTO_EXPORT Result NeuronExecution_setOutputFromMemory(ExecutionHandle* execution,
                                                        std::uint32_t index,
                                                        const OperandType* type,
                                                        const MemoryHandle* memory,
                                                        std::size_t offset, std::size_t length) {
  return answer(__func__, [&] {
    expect_no_type(type);
    executions().find(execution)->set_output(static_cast<std::int32_t>(index),
                                             memories().find(memory), offset, length);
  });
}

SOTTO_EXPORT Result NeuronExecution_setBoostHint(ExecutionHandle* execution, std::uint8_t boost) {
  return answer(__func__, [&] { executions().find(execution)->set_boost(boost); });
}

SOTTO_EXPORT Result NeuronExecution_compute(ExecutionHandle* execution) {
  return answer(__func__, [&] { executions().find(execution)->compute(); });
}
// NOLINTEND(readability-function-size)

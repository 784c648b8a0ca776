#include "run/backends/neuron/adapter_network.h"

#include <vector>

#include "core/base/error.h"

namespace sotto::neuron {
namespace {

// The code of a compiled network's operand changed with version 8.
std::uint16_t network_code(const Version& version) { return version.major >= 8 ? 0x0200 : 0x0100; }

// The interface's numbers.
static_assert(static_cast<int>(NpuPreference::low_power) == 0 &&
              static_cast<int>(NpuPreference::turbo) == 3);
int number_of(NpuPriority priority) { return 90 + 10 * static_cast<int>(priority); }

/// The model around a DLA: its inputs, the DLA, its outputs, and the one operation that restores
/// it. What is in it is for the DLA to say.
class DlaModel {
 public:
  DlaModel(const Api& api, ModelHandle* model, const std::string& file)
      : api_(api), model_(model), file_(file) {}

  void build(std::span<const std::byte> dla, const PortCounts& ports) {
    for (std::size_t i = 0; i < ports.inputs; ++i) add(type::tensor_float32, inputs_);
    std::int32_t type = 0;
    check(api_.model_extension_operand_type(model_, kCompiledNetworkDomain,
                                            network_code(api_.version), &type),
          "NeuronModel_getExtensionOperandType");
    add(type, inputs_);
    check(api_.model_set_operand_value(model_, static_cast<std::int32_t>(inputs_.back()),
                                       dla.data(), dla.size()),
          "NeuronModel_setOperandValue");
    for (std::size_t i = 0; i < ports.outputs; ++i) add(type::tensor_float32, outputs_);
    finish();
  }

 private:
  void check(Result result, std::string_view function) const {
    api_.check(result, function, file_);
  }

  void add(std::int32_t type, std::vector<std::uint32_t>& list) {
    const OperandType operand{type, 0, nullptr, 0, 0};
    check(api_.model_add_operand(model_, &operand), "NeuronModel_addOperand");
    list.push_back(next_++);
  }

  void finish() const {
    std::int32_t type = 0;
    check(api_.model_extension_operation_type(model_, kCompiledNetworkDomain, 0, &type),
          "NeuronModel_getExtensionOperationType");
    const auto inputs = static_cast<std::uint32_t>(inputs_.size());
    const auto outputs = static_cast<std::uint32_t>(outputs_.size());
    check(api_.model_add_operation(model_, type, inputs, inputs_.data(), outputs, outputs_.data()),
          "NeuronModel_addOperation");
    check(api_.model_identify(model_, inputs - 1, inputs_.data(), outputs, outputs_.data()),
          "NeuronModel_identifyInputsAndOutputs");
    check(api_.model_finish(model_), "NeuronModel_finish");
  }

  const Api& api_;
  ModelHandle* model_;
  const std::string& file_;
  std::uint32_t next_ = 0;
  std::vector<std::uint32_t> inputs_, outputs_;
};

void check_version(const Api& api, const CompiledFile& file) {
  if (!file.version || file.version->major == api.version.major) return;
  fail(ErrorKind::mismatch, file.file->path().string(), ": compiled by Neuron ",
       int{file.version->major}, ", which runs on devices of that version alone, and ", api.library,
       " is ", api.version_text(), ": compile it again with MediaTek's SDK of version ",
       int{api.version.major});
}

}  // namespace

AdapterNetwork::AdapterNetwork(const Api& api, const NpuOptions& options, const CompiledFile& file,
                               const PortCounts& ports)
    : api_(api) {
  check_version(api, file);
  try {
    if (restore(file) != kOk) load_dla(file, ports, options);
  } catch (...) {
    release();
    throw;
  }
}

// Stored networks are restored; the answer to a DLA is that it is none.
Result AdapterNetwork::restore(const CompiledFile& file) {
  const Result result =
      api_.model_restore(&model_, &compilation_, file.network.data(), file.network.size());
  if (result != kOk) model_ = nullptr, compilation_ = nullptr;
  return result;
}

void AdapterNetwork::load_dla(const CompiledFile& file, const PortCounts& ports,
                              const NpuOptions& options) {
  const std::string path = file.file->path().string();
  api_.require(api_.model_extension_operand_type, "NeuronModel_getExtensionOperandType",
               "loading a DLA");
  api_.require(api_.model_extension_operation_type, "NeuronModel_getExtensionOperationType",
               "loading a DLA");
  api_.check(api_.model_create(&model_), "NeuronModel_create", path);
  DlaModel(api_, model_, path).build(file.network, ports);
  api_.check(api_.compilation_create(model_, &compilation_), "NeuronCompilation_create", path);
  api_.check(api_.compilation_set_priority(compilation_, number_of(options.priority)),
             "NeuronCompilation_setPriority", path);
  api_.check(api_.compilation_set_preference(compilation_, static_cast<int>(options.preference)),
             "NeuronCompilation_setPreference", path);
  const Result result = api_.compilation_finish(compilation_);
  if (result == kBadData) {
    fail(ErrorKind::format, path, ": ", api_.library, " ", api_.version_text(),
         " takes it for no compiled graph of this device's (", describe(result),
         "): it is damaged, or compiled for another SoC or another major version");
  }
  api_.check(result, "NeuronCompilation_finish", path);
}

void AdapterNetwork::release() {
  if (compilation_ != nullptr) api_.compilation_free(compilation_);
  if (model_ != nullptr) api_.model_free(model_);
}

AdapterNetwork::~AdapterNetwork() { release(); }

}  // namespace sotto::neuron

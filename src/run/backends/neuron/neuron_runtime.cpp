#include "run/backends/neuron/neuron_runtime.h"

#include <numeric>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "run/backends/neuron/shared_block.h"

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

  void build(std::span<const std::byte> dla, std::size_t inputs, std::size_t outputs) {
    for (std::size_t i = 0; i < inputs; ++i) add(type::tensor_float32, inputs_);
    std::int32_t type = 0;
    check(api_.model_extension_operand_type(model_, kCompiledNetworkDomain,
                                            network_code(api_.version), &type),
          "NeuronModel_getExtensionOperandType");
    add(type, inputs_);
    check(api_.model_set_operand_value(model_, static_cast<std::int32_t>(inputs_.back()),
                                       dla.data(), dla.size()),
          "NeuronModel_setOperandValue");
    for (std::size_t i = 0; i < outputs; ++i) add(type::tensor_float32, outputs_);
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

}  // namespace

Tensor Runtime::allocate(DType dtype, const Shape& shape) {
  const auto bytes = static_cast<std::size_t>(num_elements(shape)) * size_of(dtype);
  const auto block = SharedBlock::make(api_, bytes, shared_from_this());
  if (!block) return {dtype, shape};
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(blocks_, [](const auto& entry) { return entry.second.expired(); });
    blocks_[block->data()] = block;
  }
  return {dtype, shape, std::shared_ptr<std::byte>(block, block->data())};
}

std::shared_ptr<SharedBlock> Runtime::block_at(const std::byte* address) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find(address);
  return found == blocks_.end() ? nullptr : found->second.lock();
}

LoadedNetwork::LoadedNetwork(std::shared_ptr<Runtime> runtime, CompiledFile file,
                             std::size_t inputs, std::size_t outputs)
    : runtime_(std::move(runtime)), file_(std::move(file)) {
  check_version();
  try {
    if (restore() != kOk) load_dla(inputs, outputs);
  } catch (...) {
    release();
    throw;
  }
}

void LoadedNetwork::check_version() const {
  const Api& api = runtime_->api();
  if (!file_.version || file_.version->major == api.version.major) return;
  fail(ErrorKind::mismatch, path(), ": compiled by Neuron ", int{file_.version->major},
       ", which runs on devices of that version alone, and ", api.library, " is ",
       api.version_text(), ": compile it again with MediaTek's SDK of version ",
       int{api.version.major});
}

// Stored networks are restored; the answer to a DLA is that it is none.
Result LoadedNetwork::restore() {
  const Result result = runtime_->api().model_restore(&model_, &compilation_, file_.network.data(),
                                                      file_.network.size());
  if (result != kOk) model_ = nullptr, compilation_ = nullptr;
  return result;
}

void LoadedNetwork::load_dla(std::size_t inputs, std::size_t outputs) {
  const Api& api = runtime_->api();
  const std::string file = path();
  api.require(api.model_extension_operand_type, "NeuronModel_getExtensionOperandType",
              "loading a DLA");
  api.require(api.model_extension_operation_type, "NeuronModel_getExtensionOperationType",
              "loading a DLA");
  api.check(api.model_create(&model_), "NeuronModel_create", file);
  DlaModel(api, model_, file).build(file_.network, inputs, outputs);
  api.check(api.compilation_create(model_, &compilation_), "NeuronCompilation_create", file);
  const NpuOptions& options = runtime_->options();
  api.check(api.compilation_set_priority(compilation_, number_of(options.priority)),
            "NeuronCompilation_setPriority", file);
  api.check(api.compilation_set_preference(compilation_, static_cast<int>(options.preference)),
            "NeuronCompilation_setPreference", file);
  const Result result = api.compilation_finish(compilation_);
  if (result == kBadData) {
    fail(ErrorKind::format, file, ": ", api.library, " ", api.version_text(),
         " takes it for no compiled graph of this device's (", describe(result),
         "): it is damaged, or compiled for another SoC or another major version");
  }
  api.check(result, "NeuronCompilation_finish", file);
}

void LoadedNetwork::release() {
  if (compilation_ != nullptr) runtime_->api().compilation_free(compilation_);
  if (model_ != nullptr) runtime_->api().model_free(model_);
}

LoadedNetwork::~LoadedNetwork() { release(); }

Execution::Execution(std::shared_ptr<const LoadedNetwork> network) : network_(std::move(network)) {
  const Api& api = network_->runtime().api();
  api.check(api.execution_create(network_->compilation(), &execution_), "NeuronExecution_create",
            network_->path());
  if (api.execution_set_boost == nullptr) return;
  const Result result = api.execution_set_boost(
      execution_, static_cast<std::uint8_t>(network_->runtime().options().boost));
  if (result != kOk) {
    api.execution_free(execution_);
    api.check(result, "NeuronExecution_setBoostHint", network_->path());
  }
}

Execution::~Execution() { network_->runtime().api().execution_free(execution_); }

void Execution::bind_input(std::size_t index, const std::byte* data, std::size_t bytes) {
  const Api& api = network_->runtime().api();
  if (auto block = network_->runtime().block_at(data)) {
    api.check(api.execution_set_input_memory(execution_, static_cast<std::uint32_t>(index), nullptr,
                                             block->memory(), 0, bytes),
              "NeuronExecution_setInputFromMemory", network_->path());
    blocks_[data] = std::move(block);
    return;
  }
  api.check(
      api.execution_set_input(execution_, static_cast<std::int32_t>(index), nullptr, data, bytes),
      "NeuronExecution_setInput", network_->path());
}

void Execution::bind_output(std::size_t index, std::byte* data, std::size_t bytes) {
  const Api& api = network_->runtime().api();
  if (auto block = network_->runtime().block_at(data)) {
    api.check(api.execution_set_output_memory(execution_, static_cast<std::uint32_t>(index),
                                              nullptr, block->memory(), 0, bytes),
              "NeuronExecution_setOutputFromMemory", network_->path());
    blocks_[data] = std::move(block);
    return;
  }
  api.check(
      api.execution_set_output(execution_, static_cast<std::int32_t>(index), nullptr, data, bytes),
      "NeuronExecution_setOutput", network_->path());
}

void Execution::compute() {
  const Api& api = network_->runtime().api();
  api.check(api.execution_compute(execution_), "NeuronExecution_compute", network_->path());
}

}  // namespace sotto::neuron

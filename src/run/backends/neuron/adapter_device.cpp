#include "run/backends/neuron/adapter_device.h"

#include <array>
#include <utility>

#include "core/neuron/neuron_api.h"
#include "run/backends/neuron/adapter_network.h"
#include "run/backends/neuron/shared_block.h"

namespace sotto::neuron {
namespace {

constexpr auto kForms = std::to_array<std::string_view>({"neuron", "dla", "tflite"});

class AdapterGraph : public LoadedGraph {
 public:
  AdapterGraph(const Api& api, const NpuOptions& options, std::shared_ptr<Device> device,
               CompiledFile file, const PortCounts& ports)
      : LoadedGraph(std::move(device), std::move(file)),
        api_(api),
        network_(api, options, this->file(), ports) {
    check(api_.execution_create(network_.compilation(), &execution_), "NeuronExecution_create");
    if (api_.execution_set_boost == nullptr) return;
    const Result result =
        api_.execution_set_boost(execution_, static_cast<std::uint8_t>(options.boost));
    if (result == kOk) return;
    api_.execution_free(execution_);
    check(result, "NeuronExecution_setBoostHint");
  }
  ~AdapterGraph() override { api_.execution_free(execution_); }
  AdapterGraph(const AdapterGraph&) = delete;
  AdapterGraph& operator=(const AdapterGraph&) = delete;

  [[nodiscard]] PortBuffer port_buffer(Direction direction, std::size_t index,
                                       std::size_t bytes) const override {
    return neuron::port_buffer(api_, network_.compilation(),
                               {direction, static_cast<std::int32_t>(index), {}}, bytes, path());
  }

  void bind_input(std::size_t index, const std::byte* data, std::size_t bytes) override {
    if (const SharedBlock* block = shared_at(data)) {
      check(api_.execution_set_input_memory(execution_, static_cast<std::uint32_t>(index), nullptr,
                                            block->imported.get(), 0, bytes),
            "NeuronExecution_setInputFromMemory");
      return;
    }
    check(api_.execution_set_input(execution_, static_cast<std::int32_t>(index), nullptr, data,
                                   bytes),
          "NeuronExecution_setInput");
  }

  void bind_output(std::size_t index, std::byte* data, std::size_t bytes) override {
    if (const SharedBlock* block = shared_at(data)) {
      check(api_.execution_set_output_memory(execution_, static_cast<std::uint32_t>(index), nullptr,
                                             block->imported.get(), 0, bytes),
            "NeuronExecution_setOutputFromMemory");
      return;
    }
    check(api_.execution_set_output(execution_, static_cast<std::int32_t>(index), nullptr, data,
                                    bytes),
          "NeuronExecution_setOutput");
  }

  void compute() override { check(api_.execution_compute(execution_), "NeuronExecution_compute"); }

 private:
  void check(Result result, std::string_view function) const {
    api_.check(result, function, path());
  }

  const Api& api_;  ///< the device's, which the base keeps
  AdapterNetwork network_;
  ExecutionHandle* execution_ = nullptr;
};

class AdapterDevice : public Device {
 public:
  AdapterDevice(const NeuronLibrary& library, const NpuOptions& options)
      : api_(load_api(library)), options_(options) {}

  [[nodiscard]] std::string title() const override {
    return api_.library + ' ' + api_.version_text();
  }
  [[nodiscard]] bool is_simulated() const override { return api_.is_simulation; }
  [[nodiscard]] std::span<const std::string_view> forms() const override { return kForms; }

  [[nodiscard]] std::unique_ptr<LoadedGraph> load(CompiledFile file,
                                                  const PortCounts& ports) override {
    return std::make_unique<AdapterGraph>(api_, options_, shared_from_this(), std::move(file),
                                          ports);
  }

 private:
  [[nodiscard]] bool import(SharedBlock& block) override {
    return import_memory(api_, shared_from_this(), block);
  }

  Api api_;
  NpuOptions options_;
};

}  // namespace

std::span<const std::string_view> adapter_forms() { return kForms; }

bool import_memory(const Api& api, std::shared_ptr<const void> keep, SharedBlock& block) {
  const bool shares = api.memory_create_from_fd != nullptr && api.memory_free != nullptr &&
                      api.execution_set_input_memory != nullptr &&
                      api.execution_set_output_memory != nullptr;
  MemoryHandle* memory = nullptr;
  if (!shares || api.memory_create_from_fd(block.bytes(), block.protection(), block.descriptor(), 0,
                                           &memory) != kOk) {
    return false;
  }
  block.imported = {memory, [keep = std::move(keep), free = api.memory_free](MemoryHandle* handle) {
                      free(handle);
                    }};
  return true;
}

std::shared_ptr<Device> open_adapter_device(const NeuronLibrary& library,
                                            const NpuOptions& options) {
  return std::make_shared<AdapterDevice>(library, options);
}

}  // namespace sotto::neuron

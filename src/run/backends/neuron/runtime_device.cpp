#include "run/backends/neuron/runtime_device.h"

#include <array>

#include "core/base/error.h"
#include "core/neuron/runtime_api.h"
#include "run/backends/neuron/shared_block.h"

namespace sotto::neuron {
namespace {

using runtime::kNoDescriptor;
using runtime::QualityOfService;

constexpr auto kForms = std::to_array<std::string_view>({"dla"});

/// A preference is two numbers of this interface's.
struct Preference {
  std::int32_t preference, policy;
};
Preference preference_of(NpuPreference preference) {
  switch (preference) {
    case NpuPreference::low_power:
      return {runtime::kPreferPower, runtime::kPowerSaving};
    case NpuPreference::fast_answer:
      return {runtime::kPreferPerformance, runtime::kPerformance};
    case NpuPreference::sustained_speed:
      return {runtime::kPreferPerformance, runtime::kSustainable};
    case NpuPreference::turbo:
      return {runtime::kTurbo, runtime::kPerformance};
  }
  return {runtime::kPreferPerformance, runtime::kUsualPolicy};
}

QualityOfService quality_of(const NpuOptions& options) {
  const Preference preference = preference_of(options.preference);
  QualityOfService quality{};
  quality.preference = preference.preference;
  quality.power_policy = preference.policy;
  quality.priority = static_cast<std::int32_t>(options.priority);
  quality.boost = static_cast<std::uint8_t>(options.boost);
  quality.power_off_time = runtime::kUsualPowerOffTime;
  return quality;
}

/// What an input or output is bound to.
struct Binding {
  std::byte* data = nullptr;  ///< of inputs it is read alone
  std::size_t bytes = 0;
};

class RuntimeGraph : public LoadedGraph {
 public:
  RuntimeGraph(const RuntimeApi& api, const NpuOptions& options, std::shared_ptr<Device> device,
               CompiledFile file, const PortCounts& ports)
      : LoadedGraph(std::move(device), std::move(file)),
        api_(api),
        inputs_(ports.inputs),
        outputs_(ports.outputs) {
    try {
      load(options);
    } catch (...) {
      release();
      throw;
    }
  }
  ~RuntimeGraph() override { release(); }
  RuntimeGraph(const RuntimeGraph&) = delete;
  RuntimeGraph& operator=(const RuntimeGraph&) = delete;

  // It pads and converts by itself, so that buffers are as large as their tensors.
  [[nodiscard]] PortBuffer port_buffer(Direction direction, std::size_t index,
                                       std::size_t /*bytes*/) const override {
    const bool in = direction == Direction::input;
    PortBuffer buffer{std::size_t{0}};
    check((in ? api_.input_size : api_.output_size)(runtime_, index, &*buffer.bytes),
          in ? "NeuronRuntime_getInputSize" : "NeuronRuntime_getOutputSize");
    return buffer;
  }

  void bind_input(std::size_t index, const std::byte* data, std::size_t bytes) override {
    inputs_[index] = {const_cast<std::byte*>(data), bytes};
    bind(Direction::input, index);
  }
  void bind_output(std::size_t index, std::byte* data, std::size_t bytes) override {
    outputs_[index] = {data, bytes};
    bind(Direction::output, index);
  }

  void compute() override {
    runtime::Result result = api_.inference(runtime_);
    if (result != runtime::kOk && shares_ && !has_run_) {
      share_nothing();
      result = api_.inference(runtime_);
    }
    check(result, "NeuronRuntime_inference");
    has_run_ = true;
  }

 private:
  void check(runtime::Result result, std::string_view function) const {
    api_.check(result, function, path());
  }

  void load(const NpuOptions& options) {
    runtime::Environment environment{};
    environment.device = runtime::kHardwareDevice;
    check(api_.create("", &environment, &runtime_), "NeuronRuntime_create_with_options");
    load_network();
    if (api_.input_count != nullptr) {
      std::size_t count = 0;
      check(api_.input_count(runtime_, &count), "NeuronRuntime_getInputNumber");
      expect_count(inputs_.size(), count, " inputs");
    }
    if (api_.output_count != nullptr) {
      std::size_t count = 0;
      check(api_.output_count(runtime_, &count), "NeuronRuntime_getOutputNumber");
      expect_count(outputs_.size(), count, " outputs");
    }
    if (api_.set_quality_of_service == nullptr) return;
    const QualityOfService quality = quality_of(options);
    check(api_.set_quality_of_service(runtime_, &quality), "NeuronRuntime_setQoSOption");
  }

  void load_network() const {
    const auto network = file().network;
    const runtime::Result result = api_.load_from_buffer(runtime_, network.data(), network.size());
    if (result == runtime::kBadData) {
      fail(ErrorKind::format, path(), ": ", api_.title(), " takes it for no DLA of this device's (",
           describe_runtime(result),
           "): it is damaged, or compiled for another SoC or another major version, or the library "
           "is an SDK's for hosts, which answers this to every DLA on a device: name the device's "
           "own with ",
           Option{"neuron"});
    }
    check(result, "NeuronRuntime_loadNetworkFromBuffer");
  }

  void expect_count(std::size_t expected, std::size_t found, std::string_view what) const {
    if (found == expected) return;
    fail(ErrorKind::mismatch, path(), ": expected ", expected, what, ", found ", found);
  }

  /// Where the library does not take the memory behind a descriptor, it takes its address.
  void bind(Direction direction, std::size_t index) {
    if (shares_ && set(direction, index) != runtime::kOk) share_nothing();
    if (shares_) return;
    check(set(direction, index),
          direction == Direction::input ? "NeuronRuntime_setInput" : "NeuronRuntime_setOutput");
  }

  /// Binds anew what is bound, by its address.
  void share_nothing() {
    shares_ = false;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (inputs_[i].data != nullptr) bind(Direction::input, i);
    }
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs_[i].data != nullptr) bind(Direction::output, i);
    }
  }

  [[nodiscard]] runtime::Result set(Direction direction, std::size_t index) {
    const bool in = direction == Direction::input;
    const auto& [data, bytes] = (in ? inputs_ : outputs_)[index];
    const SharedBlock* block = shared_at(data);
    const runtime::BufferAttribute attribute{shares_ && block ? block->descriptor()
                                                              : kNoDescriptor};
    return in ? api_.set_input(runtime_, index, data, bytes, attribute)
              : api_.set_output(runtime_, index, data, bytes, attribute);
  }

  void release() {
    if (runtime_ != nullptr) api_.release(runtime_);
  }

  const RuntimeApi& api_;  ///< the device's, which the base keeps
  std::vector<Binding> inputs_, outputs_;
  void* runtime_ = nullptr;
  bool shares_ = true;    ///< whether descriptors are tried
  bool has_run_ = false;  ///< whether a run has ended well with what is shared
};

class RuntimeDevice : public Device {
 public:
  RuntimeDevice(const NeuronLibrary& library, const NpuOptions& options)
      : api_(load_runtime_api(library)), options_(options) {}

  [[nodiscard]] std::string title() const override { return api_.title(); }
  [[nodiscard]] bool is_simulated() const override { return api_.is_simulation; }
  [[nodiscard]] std::span<const std::string_view> forms() const override { return kForms; }

  [[nodiscard]] std::unique_ptr<LoadedGraph> load(CompiledFile file,
                                                  const PortCounts& ports) override {
    return std::make_unique<RuntimeGraph>(api_, options_, shared_from_this(), std::move(file),
                                          ports);
  }

 private:
  // It takes descriptors where they are bound.
  [[nodiscard]] bool import(SharedBlock&) override { return true; }

  RuntimeApi api_;
  NpuOptions options_;
};

}  // namespace

std::shared_ptr<Device> open_runtime_device(const NeuronLibrary& library,
                                            const NpuOptions& options) {
  return std::make_shared<RuntimeDevice>(library, options);
}

}  // namespace sotto::neuron

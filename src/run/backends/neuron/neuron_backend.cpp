#include "run/backends/neuron/neuron_backend.h"

#include <set>
#include <string>

#include "core/base/error.h"
#include "run/backends/neuron/adapter_device.h"
#include "run/backends/neuron/neuron_executable.h"

namespace sotto {
namespace {

/// "tflite@mt8189.dla" → "mt8189"; empty for a file that is not compiled.
std::string_view soc_of(std::string_view form) {
  const auto at = form.find('@'), dot = form.rfind('.');
  if (at == std::string_view::npos || dot == std::string_view::npos || dot < at) return {};
  return form.substr(at + 1, dot - at - 1);
}

class NeuronBackend : public Backend {
 public:
  explicit NeuronBackend(const BackendOptions& options) : options_(options) {}

  [[nodiscard]] std::string_view name() const override { return "neuron"; }

  [[nodiscard]] Availability available() const override {
    try {
      (void)opened();
      return {true, ""};
    } catch (const Error& error) {
      return {false, error.message()};
    }
  }

  [[nodiscard]] std::string_view form() const override { return "compiled"; }
  [[nodiscard]] bool binds_inputs() const override { return true; }
  [[nodiscard]] ComputeDevice device() const override {
    return {opened()->title(), opened()->is_simulated()};
  }
  [[nodiscard]] Tensor allocate(DType dtype, const Shape& shape) const override {
    return opened()->allocate(dtype, shape);
  }

  // Of several, the one of the form that the device likes best.
  [[nodiscard]] const PartFile* file(const ModelPart& part) const override {
    for (const std::string_view wanted : wanted_forms()) {
      for (const auto& [form, file] : part.files) {
        if (is_ours(form) && form.ends_with(concat('.', wanted))) return &file;
      }
    }
    return nullptr;
  }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    check_soc(part);
    const PartFile* found = file(part);
    if (found == nullptr) refuse(part);
    return std::make_unique<neuron::NeuronExecutable>(opened(), part, *found);
  }

 private:
  /// Which of several chips this device has, the user must say.
  void check_soc(const ModelPart& part) const {
    if (!options_.soc.empty()) return;
    std::set<std::string_view> socs;
    for (const auto& [form, file] : part.files) {
      if (const auto soc = soc_of(form); !soc.empty()) socs.insert(soc);
    }
    if (socs.size() < 2) return;
    fail(ErrorKind::usage, "the ", part.name, " is compiled for ", *socs.begin(), " and ",
         *socs.rbegin(), ": say which this device is, with ", Option{"soc"});
  }

  /// Whether a file is compiled for this device's chip.
  [[nodiscard]] bool is_ours(std::string_view form) const {
    const std::string_view soc = soc_of(form);
    return !soc.empty() && (options_.soc.empty() || soc == options_.soc);
  }

  /// Those that the device loads; all that there are where no library is here, as on a host that
  /// chooses for a device.
  [[nodiscard]] std::span<const std::string_view> wanted_forms() const {
    try {
      return opened()->forms();
    } catch (const Error&) {
      return neuron::adapter_forms();
    }
  }

  [[noreturn]] void refuse(const ModelPart& part) const {
    for (const auto& [form, file] : part.files) {
      if (!is_ours(form)) continue;
      fail(ErrorKind::usage, file.path.string(), ": ", opened()->title(),
           " has NeuronRuntime, which loads DLAs alone: compile the bundle with ",
           Option{"toolchain", "ncc"}, ", or name a library with NeuronAdapter, by ",
           Option{"neuron"});
    }
    fail(ErrorKind::usage, "the neuron back end runs compiled graphs, and there is none of the ",
         part.name, options_.soc.empty() ? "" : " for ", options_.soc,
         ": compile the bundle first, with \"sotto compile\"");
  }

  [[nodiscard]] std::shared_ptr<neuron::Device> opened() const {
    if (!device_) device_ = neuron::open_device(options_.neuron, options_.npu);
    return device_;
  }

  BackendOptions options_;
  mutable std::shared_ptr<neuron::Device> device_;
};

}  // namespace

std::unique_ptr<Backend> make_neuron_backend(const BackendOptions& options) {
  return std::make_unique<NeuronBackend>(options);
}

}  // namespace sotto

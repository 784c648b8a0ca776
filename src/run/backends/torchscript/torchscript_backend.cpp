#include "core/base/error.h"
#include "run/backends/plugin.h"
#include "run/backends/signature_check.h"
#include "run/backends/torchscript/torch_module.h"

namespace sotto {
namespace {

class TorchScriptExecutable : public Executable {
 public:
  explicit TorchScriptExecutable(const ModelPart& part)
      : signature_(signature_of(part.graph(0))), module_(part.torchscript) {
    module_.check_inputs(signature_.inputs.size());
  }

  [[nodiscard]] const Signature& signature() const override { return signature_; }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    (void)check_extent(signature_, inputs, outputs);
    module_.run(inputs, outputs);
  }

 private:
  Signature signature_;
  TorchModule module_;
};

/// Runs a part's TorchScript file with libtorch, in float32.
class TorchScriptBackend : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "torchscript"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] bool takes(const ModelPart& part) const override {
    return !part.torchscript.empty();
  }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    if (part.torchscript.empty()) {
      fail(ErrorKind::usage, "the torchscript back end runs exported files, and the ", part.name,
           " comes from a checkpoint: export it first (`sotto export CHECKPOINT -o FOLDER`)");
    }
    return std::make_unique<TorchScriptExecutable>(part);
  }
};

}  // namespace

extern "C" Backend* sotto_make_backend() { return new TorchScriptBackend; }

}  // namespace sotto

#include "run/backends/mtk/mtk_backend.h"

#include <vector>

#include "core/base/error.h"
#include "run/backends/mtk/mtk_child.h"
#include "run/backends/padding.h"
#include "run/backends/signature_check.h"

namespace sotto {
namespace {

MtkPythonOptions& chosen_python() {
  static MtkPythonOptions options;
  return options;
}

class MtkExecutable : public Executable {
 public:
  MtkExecutable(std::shared_ptr<MtkChild> child, const ModelPart& part)
      : child_(std::move(child)),
        signature_(signature_of(part.graph(0))),
        model_(child_->load(part.mtk_tflite)) {
    for (const auto& port : signature_.inputs) inputs_.emplace_back(port.dtype, port.shape);
    for (const auto& port : signature_.outputs) outputs_.emplace_back(port.dtype, port.shape);
  }

  [[nodiscard]] const Signature& signature() const override { return signature_; }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    (void)check_extent(signature_, inputs, outputs);
    const std::int64_t length = longest_extent(signature_);
    std::vector<const Tensor*> whole_inputs;
    std::vector<Tensor*> whole_outputs;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      copy_padded(signature_.inputs[i], *inputs[i], length, inputs_[i].floats().data());
      whole_inputs.push_back(&inputs_[i]);
    }
    for (Tensor& output : outputs_) whole_outputs.push_back(&output);
    child_->run(model_, whole_inputs, whole_outputs);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      copy_cut(signature_.outputs[i], outputs_[i].floats().data(), length, *outputs[i]);
    }
  }

 private:
  std::shared_ptr<MtkChild> child_;
  Signature signature_;
  std::uint32_t model_;
  std::vector<Tensor> inputs_, outputs_;  ///< of the longest shapes
};

class MtkBackend : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "mtk"; }

  [[nodiscard]] Availability available() const override {
    try {
      (void)child();
      return {true, ""};
    } catch (const Error& error) {
      return {false, error.what()};
    }
  }

  [[nodiscard]] bool takes(const ModelPart& part) const override {
    return !part.mtk_tflite.empty();
  }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    if (!takes(part)) {
      fail(ErrorKind::usage,
           "the mtk back end runs what MediaTek's converter made, and there is "
           "none of the ",
           part.name, ": export it first (`sotto export CHECKPOINT -o FOLDER --converter mtk`)");
    }
    return std::make_unique<MtkExecutable>(child(), part);
  }

 private:
  [[nodiscard]] std::shared_ptr<MtkChild> child() const {
    if (!child_) child_ = std::make_shared<MtkChild>(find_mtk_python(chosen_python()));
    return child_;
  }

  mutable std::shared_ptr<MtkChild> child_;
};

}  // namespace

void use_mtk_python(const MtkPythonOptions& options) { chosen_python() = options; }

std::unique_ptr<Backend> make_mtk_backend() { return std::make_unique<MtkBackend>(); }

}  // namespace sotto

#include "run/backends/mtk_converter/mtk_backend.h"

#include <vector>

#include "core/base/error.h"
#include "run/backends/mtk_converter/mtk_child.h"
#include "run/backends/padding.h"
#include "run/backends/signature_check.h"
#include "run/backends/threads.h"

namespace sotto {
namespace {

class MtkExecutable : public Executable {
 public:
  MtkExecutable(std::shared_ptr<MtkChild> child, const ModelPart& part, const PartFile& file)
      : child_(std::move(child)), signature_(part.signature), model_(child_->load(file.path)) {
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
      copy_padded(signature_.inputs[i], *inputs[i], length, inputs_[i].data());
      whole_inputs.push_back(&inputs_[i]);
    }
    for (Tensor& output : outputs_) whole_outputs.push_back(&output);
    child_->run(model_, whole_inputs, whole_outputs);
    for (std::size_t i = 0; i < outputs_.size(); ++i) {
      copy_cut(signature_.outputs[i], outputs_[i].data(), length, *outputs[i]);
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
  explicit MtkBackend(const BackendOptions& options)
      : python_{options.python, options.sdk}, threads_(thread_count(options.threads)) {}

  [[nodiscard]] std::string_view name() const override { return "mtk_converter"; }

  [[nodiscard]] Availability available() const override {
    try {
      (void)child();
      return {true, ""};
    } catch (const Error& error) {
      return {false, error.message()};
    }
  }

  [[nodiscard]] std::string_view form() const override { return "mtk"; }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    const PartFile* file = part.file(form());
    if (file == nullptr) {
      fail(ErrorKind::usage,
           "the mtk_converter back end runs what MediaTek's converter made, and there is none of ",
           "the ", part.name, ": export it first, with ", Option{"converter", "mtk"});
    }
    return std::make_unique<MtkExecutable>(child(), part, *file);
  }

 private:
  [[nodiscard]] std::shared_ptr<MtkChild> child() const {
    if (!child_) child_ = std::make_shared<MtkChild>(find_mtk_python(python_), threads_);
    return child_;
  }

  MtkPythonOptions python_;
  int threads_;
  mutable std::shared_ptr<MtkChild> child_;
};

}  // namespace

std::unique_ptr<Backend> make_mtk_backend(const BackendOptions& options) {
  return std::make_unique<MtkBackend>(options);
}

}  // namespace sotto

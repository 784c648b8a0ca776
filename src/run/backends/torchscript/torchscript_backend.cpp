#include <vector>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/bundle/sha256.h"
#include "core/torchscript/foreign_torchscript.h"
#include "run/backends/plugin.h"
#include "run/backends/signature_check.h"
#include "run/backends/threads.h"
#include "run/backends/torchscript/torch_module.h"

namespace sotto {
namespace {

void check_hash(const PartFile& file, std::span<const std::byte> bytes) {
  if (file.sha256.empty()) return;
  Sha256 hash;
  hash.write(bytes);
  compare_sha256(file.path, file.sha256, hash.finish());
}

void check_code(const ModelPart& part, const PartFile& file, std::span<const std::byte> bytes) {
  if (part.trust == Trust::any_files) return;
  if (!part.graph) {
    fail(ErrorKind::unsupported, file.path.string(), ": expected the weights of its model, which ",
         "say what Sotto writes for the ", part.name, ", found none");
  }
  const auto foreign = foreign_torchscript(part.graph(0), bytes, file.path.string());
  if (!foreign) return;
  fail(ErrorKind::mismatch, file.path.string(), ": expected the TorchScript that Sotto writes for ",
       "the ", part.name, ", found ", *foreign,
       " (a file of others runs its own code here: ", Option{"trust"}, ", if you trust its maker)");
}

/// The bytes that libtorch may see: once it has them, their code runs.
std::shared_ptr<const MappedFile> checked_file(const ModelPart& part, const PartFile& file) {
  auto mapped = MappedFile::open(file.path);
  check_hash(file, mapped->bytes());
  check_code(part, file, mapped->bytes());
  return mapped;
}

class TorchScriptExecutable : public Executable {
 public:
  TorchScriptExecutable(const ModelPart& part, const PartFile& file, int threads)
      : signature_(part.signature),
        module_(checked_file(part, file), threads),
        bound_(signature_.inputs.size()),
        is_bound_(signature_.inputs.size()) {
    module_.check_inputs(signature_.inputs.size());
  }

  [[nodiscard]] const Signature& signature() const override { return signature_; }

  void run(std::span<const Tensor* const> inputs, std::span<Tensor* const> outputs) override {
    (void)check_extent(signature_, inputs, outputs, is_bound_);
    std::vector<const Tensor*> all(inputs.begin(), inputs.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (is_bound_[i]) all[i] = bound_[i];
    }
    module_.run(all, outputs);
  }

  void bind_input(std::size_t index, Tensor& tensor) override {
    if (index >= bound_.size()) {
      fail(ErrorKind::mismatch, module_.path().string(), " has ", bound_.size(), " inputs, input ",
           index, " was to be bound");
    }
    check_binding(signature_.inputs[index], tensor);
    bound_[index] = &tensor;
    is_bound_[index] = true;
  }

 private:
  Signature signature_;
  TorchModule module_;
  std::vector<const Tensor*> bound_;  ///< by input; null where none is
  std::vector<bool> is_bound_;
};

/// Runs a part's TorchScript file with libtorch, in float32. TorchScript is a program, so a file is
/// believed only when its hash is the manifest's and its code is what the part's graph becomes.
class TorchScriptBackend : public Backend {
 public:
  explicit TorchScriptBackend(const BackendOptions& options)
      : threads_(thread_count(options.threads)) {}

  [[nodiscard]] std::string_view name() const override { return "torchscript"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] std::string_view form() const override { return "torchscript"; }
  [[nodiscard]] bool binds_inputs() const override { return true; }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    const PartFile* file = part.file(form());
    if (file == nullptr) {
      fail(ErrorKind::usage, "the torchscript back end runs exported files, and there is none of ",
           "the ", part.name, ": export the checkpoint first");
    }
    return std::make_unique<TorchScriptExecutable>(part, *file, threads_);
  }

 private:
  int threads_;
};

}  // namespace

extern "C" Backend* sotto_make_backend(const BackendOptions& options) {
  return new TorchScriptBackend(options);
}

}  // namespace sotto

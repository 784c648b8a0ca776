#include "run/backends/cpu/cpu_backend.h"

#include "core/base/error.h"
#include "run/backends/cpu/cpu_executable.h"
#include "run/backends/threads.h"

namespace sotto {
namespace {

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(const BackendOptions& options)
      : threads_(thread_count(options.threads)), observer_(options.observer) {}

  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] bool binds_inputs() const override { return true; }
  [[nodiscard]] bool keeps_state() const override { return true; }
  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    if (!takes(part)) {
      fail(ErrorKind::unavailable, "the cpu back end runs graphs, and there is none of the ",
           part.name, ": it has no weights as they were, which TorchScript files hold");
    }
    return std::make_unique<cpu::CpuExecutable>(part, threads_, observer_);
  }

 private:
  int threads_;
  std::shared_ptr<StepObserver> observer_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options) {
  return std::make_unique<CpuBackend>(options);
}

}  // namespace sotto

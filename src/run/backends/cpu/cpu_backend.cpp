#include "run/backends/cpu/cpu_backend.h"

#include <cstdlib>
#include <utility>

#include "core/base/aligned_memory.h"
#include "core/base/error.h"
#include "run/backends/cpu/cpu_executable.h"
#include "run/backends/threads.h"

namespace sotto {
namespace {

/// The best instruction set that may be used, for measuring and for tests; empty: any.
std::string_view most_allowed() {
  const char* name = std::getenv("SOTTO_MAX_ISA");
  return name == nullptr ? std::string_view() : name;
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(const BackendOptions& options)
      : resources_(std::make_shared<cpu::CpuResources>(cpu::best_kernels(most_allowed()),
                                                       thread_count(options.threads),
                                                       options.precision, options.observer)) {}
  explicit CpuBackend(std::shared_ptr<cpu::CpuResources> resources)
      : resources_(std::move(resources)) {}

  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] bool binds_inputs() const override { return true; }
  [[nodiscard]] bool keeps_state() const override { return true; }
  // Caches have room for the longest text, which most texts leave untouched.
  [[nodiscard]] Tensor allocate(DType dtype, const Shape& shape) const override {
    constexpr std::size_t kLarge = std::size_t{256} << 10;
    const std::size_t bytes = static_cast<std::size_t>(num_elements(shape)) * size_of(dtype);
    return bytes < kLarge ? Tensor(dtype, shape) : Tensor(dtype, shape, allocate_zeros(bytes));
  }
  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    if (!takes(part)) {
      fail(ErrorKind::unavailable, "the cpu back end runs graphs, and there is none of the ",
           part.name, ": it has no weights as they were, which TorchScript files hold");
    }
    return std::make_unique<cpu::CpuExecutable>(part, resources_);
  }
  [[nodiscard]] std::unique_ptr<Backend> sibling() const override {
    return std::make_unique<CpuBackend>(std::make_shared<cpu::CpuResources>(*resources_));
  }

 private:
  std::shared_ptr<cpu::CpuResources> resources_;
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend(const BackendOptions& options) {
  return std::make_unique<CpuBackend>(options);
}

}  // namespace sotto

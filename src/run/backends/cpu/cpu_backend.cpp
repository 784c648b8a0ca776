#include "run/backends/cpu/cpu_backend.h"

#include "run/backends/cpu/cpu_executable.h"

namespace sotto {
namespace {

class CpuBackend : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "cpu"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] bool runs_graphs() const override { return true; }
  [[nodiscard]] bool binds_inputs() const override { return true; }
  [[nodiscard]] bool keeps_state() const override { return true; }
  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    return std::make_unique<cpu::CpuExecutable>(part);
  }
};

}  // namespace

std::unique_ptr<Backend> make_cpu_backend() { return std::make_unique<CpuBackend>(); }

}  // namespace sotto

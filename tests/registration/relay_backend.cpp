#include "run/backends/registry.h"

// A back end as somebody adds one: this file, and the registration at its end.

namespace sotto {
namespace {

/// Has the cpu back end do it.
class RelayBackend : public Backend {
 public:
  explicit RelayBackend(const BackendOptions& options) : cpu_(make_backend("cpu", options)) {}

  [[nodiscard]] std::string_view name() const override { return "relay"; }
  [[nodiscard]] Availability available() const override { return {true, ""}; }
  [[nodiscard]] bool binds_inputs() const override { return true; }
  [[nodiscard]] bool keeps_state() const override { return true; }
  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    return cpu_->load(part);
  }

 private:
  std::unique_ptr<Backend> cpu_;
};

const BackendRegistration kRelay({"relay", [](const BackendOptions& options) {
                                    return std::unique_ptr<Backend>(new RelayBackend(options));
                                  }});

}  // namespace
}  // namespace sotto

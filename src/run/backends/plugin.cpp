#include "run/backends/plugin.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/shared_library.h"

namespace sotto {
namespace {

class PluginBackend : public Backend {
 public:
  PluginBackend(std::string_view name, std::string library, const BackendOptions& options)
      : name_(name), library_(std::move(library)), options_(options) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  [[nodiscard]] Availability available() const override {
    try {
      return loaded().available();
    } catch (const Error& error) {
      return {false, error.message()};
    }
  }

  [[nodiscard]] std::string_view form() const override { return loaded().form(); }
  [[nodiscard]] bool takes(const ModelPart& part) const override { return loaded().takes(part); }
  [[nodiscard]] bool binds_inputs() const override { return loaded().binds_inputs(); }
  [[nodiscard]] bool keeps_state() const override { return loaded().keeps_state(); }

  [[nodiscard]] ComputeDevice device() const override { return loaded().device(); }

  [[nodiscard]] Tensor allocate(DType dtype, const Shape& shape) const override {
    return loaded().allocate(dtype, shape);
  }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    return loaded().load(part);
  }

 private:
  [[nodiscard]] const Backend& loaded() const {
    if (!backend_) {
      const SharedLibrary library(library_);
      backend_.reset(library.function<PluginEntry>(std::string(kPluginEntry))(options_));
    }
    return *backend_;
  }

  std::string name_;
  std::string library_;
  BackendOptions options_;
  mutable std::unique_ptr<Backend> backend_;
};

}  // namespace

std::unique_ptr<Backend> make_plugin_backend(std::string_view name, std::string library,
                                             const BackendOptions& options) {
  return std::make_unique<PluginBackend>(name, std::move(library), options);
}

}  // namespace sotto

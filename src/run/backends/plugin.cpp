#include "run/backends/plugin.h"

#include <utility>

#include "core/base/error.h"
#include "core/base/shared_library.h"

namespace sotto {
namespace {

class PluginBackend : public Backend {
 public:
  PluginBackend(std::string_view name, std::string library)
      : name_(name), library_(std::move(library)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }

  [[nodiscard]] Availability available() const override {
    try {
      return loaded().available();
    } catch (const Error& error) {
      return {false, error.what()};
    }
  }

  [[nodiscard]] bool runs_graphs() const override { return loaded().runs_graphs(); }
  [[nodiscard]] bool takes(const ModelPart& part) const override { return loaded().takes(part); }
  [[nodiscard]] bool binds_inputs() const override { return loaded().binds_inputs(); }
  [[nodiscard]] bool keeps_state() const override { return loaded().keeps_state(); }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    return loaded().load(part);
  }

 private:
  [[nodiscard]] const Backend& loaded() const {
    if (!backend_) {
      const SharedLibrary library(library_);
      backend_.reset(library.function<PluginEntry>(std::string(kPluginEntry))());
    }
    return *backend_;
  }

  std::string name_;
  std::string library_;
  mutable std::unique_ptr<Backend> backend_;
};

}  // namespace

std::unique_ptr<Backend> make_plugin_backend(std::string_view name, std::string library) {
  return std::make_unique<PluginBackend>(name, std::move(library));
}

}  // namespace sotto

#include "run/backends/litert/litert_backend.h"

#include <map>

#include "core/base/error.h"
#include "run/backends/litert/litert_executable.h"
#include "run/backends/litert/litert_file.h"
#include "run/backends/threads.h"

namespace sotto {
namespace {

class LitertBackend : public Backend {
 public:
  explicit LitertBackend(const BackendOptions& options)
      : place_(options.litert), threads_(thread_count(options.threads)) {}

  [[nodiscard]] std::string_view name() const override { return "litert"; }

  [[nodiscard]] Availability available() const override {
    try {
      (void)runtime();
      return {true, ""};
    } catch (const Error& error) {
      return {false, error.message()};
    }
  }

  [[nodiscard]] std::string_view form() const override { return "tflite"; }
  [[nodiscard]] bool binds_inputs() const override { return true; }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    const PartFile* file = part.file(form());
    if (file == nullptr) {
      fail(ErrorKind::usage, "the litert back end runs TFLite files, and there is none of the ",
           part.name, ": export it first, with ", Option{"format", "tflite"});
    }
    const auto known = models_[file->path].lock();
    const auto bytes = known ? known->file() : MappedFile::open(file->path);
    const std::size_t signature = litert::check_file(part, *file, bytes);
    const auto model = known ? known : compiled(bytes);
    return std::make_unique<litert::LitertExecutable>(runtime(), model, signature, part);
  }

 private:
  [[nodiscard]] std::shared_ptr<const litert::CompiledModel> compiled(
      const std::shared_ptr<const MappedFile>& file) const {
    auto model = std::make_shared<const litert::CompiledModel>(runtime(), file, threads_);
    models_[file->path()] = model;
    return model;
  }

  [[nodiscard]] std::shared_ptr<const litert::Runtime> runtime() const {
    if (!runtime_) {
      runtime_ = std::make_shared<const litert::Runtime>(find_litert(place_));
    }
    return runtime_;
  }

  std::filesystem::path place_;
  int threads_;
  mutable std::shared_ptr<const litert::Runtime> runtime_;
  // Files in use: graphs of one file are compiled together.
  mutable std::map<std::filesystem::path, std::weak_ptr<const litert::CompiledModel>> models_;
};

}  // namespace

std::unique_ptr<Backend> make_litert_backend(const BackendOptions& options) {
  return std::make_unique<LitertBackend>(options);
}

}  // namespace sotto

#include "run/backends/litert/litert_backend.h"

#include "core/base/error.h"
#include "run/backends/litert/litert_executable.h"
#include "run/backends/threads.h"

namespace sotto {
namespace {

std::filesystem::path& chosen_place() {
  static std::filesystem::path place;
  return place;
}

class LitertBackend : public Backend {
 public:
  [[nodiscard]] std::string_view name() const override { return "litert"; }

  [[nodiscard]] Availability available() const override {
    try {
      (void)runtime();
      return {true, ""};
    } catch (const Error& error) {
      return {false, error.what()};
    }
  }

  [[nodiscard]] bool takes(const ModelPart& part) const override { return !part.tflite.empty(); }
  [[nodiscard]] bool binds_inputs() const override { return true; }

  [[nodiscard]] std::unique_ptr<Executable> load(const ModelPart& part) const override {
    if (!takes(part)) {
      fail(ErrorKind::usage, "the litert back end runs TFLite files, and there is none of the ",
           part.name, ": export it first (`sotto export CHECKPOINT -o FOLDER --format tflite`)");
    }
    return std::make_unique<litert::LitertExecutable>(runtime(), part, thread_count());
  }

 private:
  [[nodiscard]] std::shared_ptr<const litert::Runtime> runtime() const {
    if (!runtime_) {
      runtime_ = std::make_shared<const litert::Runtime>(find_litert(chosen_place()));
    }
    return runtime_;
  }

  mutable std::shared_ptr<const litert::Runtime> runtime_;
};

}  // namespace

void use_litert(const std::filesystem::path& place) { chosen_place() = place; }

std::unique_ptr<Backend> make_litert_backend() { return std::make_unique<LitertBackend>(); }

}  // namespace sotto

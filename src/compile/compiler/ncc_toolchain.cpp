#include "compile/compiler/ncc_toolchain.h"

#include "compile/toolchains/ncc_tflite.h"

namespace sotto {
namespace {

class NccToolchain : public Toolchain {
 public:
  NccToolchain(const ToolchainOptions& options, const Target& target)
      : options_{options.sdk, options.extra}, target_(target), program_(find_ncc(options_)) {}

  [[nodiscard]] std::string_view form() const override { return "dla"; }
  [[nodiscard]] bool takes(Form form) const override { return form != Form::torchscript; }
  [[nodiscard]] Command command(const std::filesystem::path& input,
                                const std::filesystem::path& output) const override {
    return ncc_command(program_, target_, input, output, options_);
  }
  [[nodiscard]] std::string compile(const Compilation& job) override {
    compile_with_ncc(job.command, job.input, job.output, job.log);
    return "";
  }
  [[nodiscard]] std::string version() const override {
    const std::string version = ncc_version(program_);
    return version.empty() ? "ncc-tflite" : "ncc-tflite " + version;
  }

 private:
  NccOptions options_;
  const Target& target_;
  std::filesystem::path program_;
};

}  // namespace

std::unique_ptr<Toolchain> make_ncc_toolchain(const ToolchainOptions& options,
                                              const Target& target) {
  return std::make_unique<NccToolchain>(options, target);
}

}  // namespace sotto

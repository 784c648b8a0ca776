#include "compile/compiler/litert_toolchain.h"

#include "compile/toolchains/litert_aot.h"
#include "core/base/error.h"

namespace sotto {
namespace {

class LitertToolchain : public Toolchain {
 public:
  LitertToolchain(const ToolchainOptions& options, const Target& target)
      : options_{options.litert, options.sdk, options.extra},
        target_(target),
        allow_partial_(options.allow_partial),
        tools_(find_litert_aot(options_, target)) {}

  [[nodiscard]] std::string_view form() const override { return "tflite"; }
  // What MediaTek's converter writes has operators that only MediaTek's compiler knows.
  [[nodiscard]] bool takes(Form form) const override { return form == Form::tflite; }
  [[nodiscard]] Command command(const std::filesystem::path& input,
                                const std::filesystem::path& output) const override {
    return litert_command(tools_, target_, input, output, options_);
  }
  [[nodiscard]] std::string compile(const Compilation& job) override {
    const Partitioning found = compile_with_litert(job.command, job.input, job.output, job.log);
    if (!found.is_whole() && !allow_partial_) {
      fail(ErrorKind::unsupported, job.input.string(), ": expected all ", found.total,
           " operators in one partition, found ", found.selected, " in ", found.partitions,
           ": run `sotto check` on the file, or take it as it is with ", Option{"allow-partial"},
           " (log: ", job.log.string(), ")");
    }
    neuron_version_ = found.neuron_version;
    return concat(found.selected, " of ", found.total, " operators, ", found.partitions,
                  found.partitions == 1 ? " partition" : " partitions");
  }
  [[nodiscard]] std::string version() const override {
    const auto named = [](const std::string& name, const std::string& version) {
      return version.empty() ? name : concat(name, ' ', version);
    };
    return concat(named("LiteRT", tools_.litert.version), ", ", named("Neuron", neuron_version_));
  }

 private:
  LitertAotOptions options_;
  const Target& target_;
  bool allow_partial_;
  LitertAotTools tools_;
  std::string neuron_version_;
};

}  // namespace

std::unique_ptr<Toolchain> make_litert_toolchain(const ToolchainOptions& options,
                                                 const Target& target) {
  return std::make_unique<LitertToolchain>(options, target);
}

}  // namespace sotto

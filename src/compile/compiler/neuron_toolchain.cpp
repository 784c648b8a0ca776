#include "compile/compiler/neuron_toolchain.h"

#include <algorithm>
#include <array>

#include "compile/toolchains/host_libraries.h"
#include "compile/toolchains/tool.h"
#include "core/base/error.h"
#include "core/tflite/litert_files.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTool = "NeuronAdapter";
constexpr std::string_view kCompiled = "compiled by ";

const auto& known_failures() {
  static const auto failures = std::to_array<KnownFailure>({
      {"cannot be loaded",
       concat("MediaTek's host library cannot be loaded: name the SDK's root with ", Option{"sdk"},
              ", so that all of its libraries are found")},
      {"bad_alloc", "memory ran out"},
  });
  return failures;
}

/// As `sotto compile-graph` takes it.
const char* word_of(LayerNormForm form) {
  switch (form) {
    case LayerNormForm::vendor:
      return "vendor";
    case LayerNormForm::decomposed:
      return "decomposed";
    case LayerNormForm::automatic:
      break;
  }
  return "auto";
}

/// LiteRT's folder, beside which the package with MediaTek's libraries lies; empty without LiteRT.
fs::path litert_folder(const fs::path& given) {
  try {
    return find_litert(given).folder;
  } catch (const Error&) {
    return {};
  }
}

class NeuronToolchain : public Toolchain {
 public:
  NeuronToolchain(const ToolchainOptions& options, const Target& target)
      : program_(options.program),
        extra_(options.extra),
        layer_norm_(options.layer_norm),
        target_(target) {
    if (!target.refusal.empty()) {
      fail(ErrorKind::usage, Option{"target", target.name}, ": ", target.refusal);
    }
    if (target.litert_soc.empty()) {
      fail(ErrorKind::usage, Option{"target", target.name},
           ": what MediaTek's host library calls it is not public: compile with ",
           Option{"toolchain", "ncc"});
    }
    libraries_ = find_host_libraries(options.sdk, litert_folder(options.litert), target);
  }

  [[nodiscard]] std::string_view form() const override { return "neuron"; }
  // What MediaTek's converter writes has operators that only ncc-tflite knows.
  [[nodiscard]] bool takes(Form form) const override { return form == Form::tflite; }

  [[nodiscard]] Command command(const fs::path& input, const fs::path& output) const override {
    Command command;
    command.program = program_;
    command.arguments = {"compile-graph", input.string(), output.string(),
                         adapter_in(libraries_).string(), word_of(layer_norm_)};
    if (!extra_.empty()) command.arguments.emplace_back("--");
    command.arguments.insert(command.arguments.end(), extra_.begin(), extra_.end());
    command.environment = {prepended("LD_LIBRARY_PATH", libraries_.string()),
                           {"MTKNN_ADAPTER_DLA_PLATFORM", std::string(target_.litert_soc)}};
    return command;
  }

  [[nodiscard]] std::string compile(const Compilation& job) override {
    const ToolRun run{kTool, job.input.string(), job.command, job.log, known_failures()};
    const CommandResult result = run_tool(run, {});
    const std::size_t at = result.output.rfind(kCompiled);
    std::error_code error;
    if (at == std::string::npos || fs::file_size(job.output, error) == 0 || error) {
      fail_run(run, "it ended well but wrote no compiled graph");
    }
    const std::string told = result.output.substr(at + kCompiled.size());
    version_ = plain_version(told.substr(0, told.find(':')));
    return plain_version(told.substr(std::min(told.size(), told.find(':') + 2)));
  }

  [[nodiscard]] std::string version() const override { return version_; }

 private:
  fs::path program_, libraries_;
  std::vector<std::string> extra_;
  LayerNormForm layer_norm_;
  const Target& target_;
  std::string version_;
};

}  // namespace

std::unique_ptr<Toolchain> make_neuron_toolchain(const ToolchainOptions& options,
                                                 const Target& target) {
  return std::make_unique<NeuronToolchain>(options, target);
}

}  // namespace sotto

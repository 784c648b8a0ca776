#include "compile/toolchains/litert_aot.h"

#include <array>
#include <cstdio>

#include "compile/toolchains/host_libraries.h"
#include "core/base/error.h"
#include "core/neuron/simulation.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTool = "apply_plugin_main";
constexpr int kPluginsNeuropilot = 8;  // what the plugin takes where it is told nothing
constexpr std::string_view kNeuronVersion = "Neuron api version: ";

const auto& known_failures() {
  static const auto failures = std::to_array<KnownFailure>({
      {"Failed to load NeuronAdapter",
       concat("MediaTek's host library cannot be loaded: name the folder of libneuron_adapter.so "
              "with ",
              Option{"sdk"})},
      {"Unsupported SoC model",
       "its MediaTek plugin does not know the SoC: install a newer ai-edge-litert"},
      {"Unexpected SoC model",
       "its MediaTek plugin does not know the SoC: install a newer ai-edge-litert"},
      {"NEURON_UNMAPPABLE",
       "the graph does not map to the NPU (NEURON_UNMAPPABLE): run `sotto check` on the file"},
      {"failed with error 6\n",
       "the graph does not map to the NPU (NEURON_UNMAPPABLE): run `sotto check` on the file"},
      {"Unsupported op",
       "its MediaTek plugin does not know an operator in the file: run `sotto check` on it"},
      {"selected 0 ops",
       "its MediaTek plugin takes no operator of the file: run `sotto check` on it"},
      {"out of memory", "memory ran out"},
      {"bad_alloc", "memory ran out"},
  });
  return failures;
}

std::string neuron_version(const std::string& output) {
  const std::size_t at = output.find(kNeuronVersion);
  if (at == std::string::npos) return {};
  const std::size_t first = at + kNeuronVersion.size();
  const std::string version =
      output.substr(first, output.find_first_not_of("0123456789.", first) - first);
  const bool is_simulated = output.find(neuron::kSimulatorName) != std::string::npos;
  return concat(version, is_simulated ? neuron::kSimulatedMark : "");
}

}  // namespace

LitertAotTools find_litert_aot(const LitertAotOptions& options, const Target& target) {
  LitertAotTools tools;
  tools.litert = find_litert(options.litert);
  if (tools.litert.apply_plugin.empty() || tools.litert.mediatek_plugins.empty()) {
    fail(ErrorKind::unavailable, tools.litert.folder.string(), ": expected LiteRT with ", kTool,
         " and MediaTek's plugin, as the Python package ai-edge-litert 2.3 or later has them on "
         "Linux, found neither or one");
  }
  tools.host_libraries = find_host_libraries(options.sdk, tools.litert.folder, target);
  return tools;
}

Command litert_command(const LitertAotTools& tools, const Target& target, const fs::path& input,
                       const fs::path& output, const LitertAotOptions& options) {
  if (!target.refusal.empty()) {
    fail(ErrorKind::usage, Option{"target", target.name}, ": ", target.refusal);
  }
  if (target.litert_soc.empty()) {
    fail(ErrorKind::usage, Option{"target", target.name},
         ": LiteRT's MediaTek plugin does not know it: compile with ", Option{"toolchain", "ncc"});
  }
  Command command;
  command.program = tools.litert.apply_plugin;
  command.arguments = {"--cmd=apply",
                       concat("--model=", input.string()),
                       concat("--o=", output.string()),
                       "--soc_manufacturer=MediaTek",
                       concat("--soc_model=", target.litert_soc),
                       concat("--libs=", tools.litert.mediatek_plugins.string()),
                       "--err=--"};
  if (target.neuropilot != kPluginsNeuropilot) {
    command.arguments.push_back(concat("--mediatek_sdk_version_type=version", target.neuropilot));
  }
  command.arguments.insert(command.arguments.end(), options.extra.begin(), options.extra.end());
  command.environment.push_back(prepended(
      "LD_LIBRARY_PATH", concat(tools.host_libraries.string(), ':', tools.litert.folder.string())));
  return command;
}

Partitioning compile_with_litert(const Command& command, const fs::path& input,
                                 const fs::path& output, const fs::path& log_file,
                                 const ToolLog& log) {
  const ToolRun run{kTool, input.string(), command, log_file, known_failures()};
  const CommandResult result = run_tool(run, log);
  Partitioning partitioning;
  const std::size_t at = result.output.find("selected ");
  const bool found =
      at != std::string::npos &&
      std::sscanf(result.output.c_str() + at,
                  "selected %d ops, from a total of %d ops. resulted in %d", &partitioning.selected,
                  &partitioning.total, &partitioning.partitions) == 3;
  partitioning.neuron_version = neuron_version(result.output);
  if (!found) fail_run(run, "it ended well but did not say which operators the plugin took");
  std::error_code error;
  if (fs::file_size(output, error) == 0 || error) fail_run(run, "it ended well but wrote no file");
  return partitioning;
}

}  // namespace sotto

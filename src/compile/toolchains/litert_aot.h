#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compile/targets/target.h"
#include "compile/toolchains/tool.h"
#include "core/tflite/litert_files.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {

/// LiteRT's ahead-of-time compiler with MediaTek's plugin and the user's NeuroPilot host libraries:
/// a TFLite file → one whose graph is compiled for a SoC.
struct LitertAotOptions {
  std::filesystem::path litert;    ///< find_litert()'s
  std::filesystem::path sdk;       ///< root of the host libraries; empty: where they usually are
  std::vector<std::string> extra;  ///< flags to add, such as --mediatek_performance_mode_type=…
};

/// Everything that a run needs, found.
struct LitertAotTools {
  LitertFiles litert;
  std::filesystem::path host_libraries;  ///< the folder that holds MediaTek's libneuron_adapter.so
};

/// For this target, whose devices load what their own major version of the host libraries compiled.
/// Throws unavailable with what is missing, where it was looked for and how to get it.
[[nodiscard]] LitertAotTools find_litert_aot(const LitertAotOptions& options, const Target& target);

/// Throws usage when LiteRT's plugin does not know the target, or it is refused.
[[nodiscard]] Command litert_command(const LitertAotTools& tools, const Target& target,
                                     const std::filesystem::path& input,
                                     const std::filesystem::path& output,
                                     const LitertAotOptions& options);

/// What the plugin took, and the version of the host libraries that compiled it ("8.2.26"; empty
/// where it was not told).
struct Partitioning {
  int selected = 0, total = 0, partitions = 0;
  std::string neuron_version{};
  [[nodiscard]] bool is_whole() const { return selected == total && partitions == 1; }
};

/// Runs the command. Throws unsupported with a sentence when it fails or leaves no file.
[[nodiscard]] Partitioning compile_with_litert(const Command& command,
                                               const std::filesystem::path& input,
                                               const std::filesystem::path& output,
                                               const std::filesystem::path& log_file,
                                               const ToolLog& log = {});

}  // namespace sotto

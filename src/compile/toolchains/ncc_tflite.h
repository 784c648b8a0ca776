#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "compile/targets/target.h"
#include "compile/toolchains/tool.h"
#include "core/tflite/neuron_sdk.h"

namespace sotto {

/// MediaTek's own compiler, ncc-tflite, out of the NeuroPilot SDK: a TFLite file → a DLA.
struct NccOptions {
  std::filesystem::path sdk;       ///< root of the SDK; empty: $MTK_NEURON_SDK, then PATH
  std::vector<std::string> extra;  ///< flags to add
};

/// The compiler's path. Throws unavailable with the places looked at and how to get it.
[[nodiscard]] std::filesystem::path find_ncc(const NccOptions& options);

/// The command that compiles `input` to `output`, flags from the target's table. Throws usage when
/// the target has none or is refused.
[[nodiscard]] Command ncc_command(const std::filesystem::path& program, const Target& target,
                                  const std::filesystem::path& input,
                                  const std::filesystem::path& output, const NccOptions& options);

/// What the compiler calls itself: the line of --version that has a number in it; empty where it
/// has none.
[[nodiscard]] std::string ncc_version(const std::filesystem::path& program);

/// Runs the command; throws unsupported with a sentence when it fails or leaves no DLA.
void compile_with_ncc(const Command& command, const std::filesystem::path& input,
                      const std::filesystem::path& output, const std::filesystem::path& log_file,
                      const ToolLog& log = {});

}  // namespace sotto

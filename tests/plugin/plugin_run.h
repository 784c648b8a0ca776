#pragma once

#include <filesystem>
#include <string>

namespace sotto::test {

/// What MediaTek's plugin of LiteRT did with a file.
struct PluginRun {
  int exit_code = -1;
  int selected = -1, total = -1, partitions = -1;
  std::string output;  ///< all that was printed
};

/// Runs LiteRT's apply_plugin_main on `model` ("partition" or "apply", for this SoC) with the
/// stand-in for MediaTek's compiler; what it makes goes to `result`. The stand-in is built beside
/// the tests ($SOTTO_STUB_ADAPTER_DIR of the build).
[[nodiscard]] PluginRun run_plugin(const std::filesystem::path& model, const std::string& soc,
                                   const std::string& command, const std::filesystem::path& result);

/// Why it cannot be run here; empty where it can.
[[nodiscard]] std::string plugin_absence();

}  // namespace sotto::test

#include "plugin_run.h"

#include <cstdio>
#include <utility>

#include "core/base/child_process.h"
#include "core/base/error.h"
#include "core/tflite/litert_files.h"

namespace sotto::test {

PluginRun run_plugin(const std::filesystem::path& model, const std::string& soc,
                     const std::string& command, const std::filesystem::path& result) {
  const LitertFiles litert = find_litert();
  Command driver;
  driver.program = litert.apply_plugin;
  driver.arguments = {"--cmd=" + command,
                      concat("--model=", model.string()),
                      concat("--o=", result.string()),
                      "--soc_manufacturer=MediaTek",
                      "--soc_model=" + soc,
                      concat("--libs=", litert.mediatek_plugins.string()),
                      "--err=--"};
  driver.environment = {
      {"LD_LIBRARY_PATH", concat(SOTTO_STUB_ADAPTER_DIR, ':', litert.folder.string())}};
  CommandResult finished = run_command(driver);
  PluginRun run;
  run.exit_code = finished.exit_code;
  run.output = std::move(finished.output);
  const std::size_t at = run.output.find("selected ");
  if (at != std::string::npos) {
    std::sscanf(run.output.c_str() + at, "selected %d ops, from a total of %d ops. resulted in %d",
                &run.selected, &run.total, &run.partitions);
  }
  return run;
}

std::string plugin_absence() {
  try {
    const LitertFiles litert = find_litert();
    if (litert.apply_plugin.empty() || litert.mediatek_plugins.empty()) {
      return litert.folder.string() + " has no MediaTek plugin";
    }
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace sotto::test

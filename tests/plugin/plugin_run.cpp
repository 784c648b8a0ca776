#include "plugin_run.h"

#include <array>
#include <cstdio>
#include <sys/wait.h>

#include "core/base/error.h"
#include "core/tflite/litert_files.h"

namespace sotto::test {
namespace {

std::string quoted(const std::filesystem::path& path) { return concat('\'', path.string(), '\''); }

/// Reads what a command prints, both streams.
std::string output_of(const std::string& command, int& exit_code) {
  std::string output;
  FILE* pipe = ::popen(concat(command, " 2>&1").c_str(), "r");
  if (pipe == nullptr) return output;
  std::array<char, 4096> piece{};
  while (const auto size = std::fread(piece.data(), 1, piece.size(), pipe)) {
    output.append(piece.data(), size);
  }
  const int status = ::pclose(pipe);
  exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  return output;
}

}  // namespace

PluginRun run_plugin(const std::filesystem::path& model, const std::string& soc,
                     const std::string& command, const std::filesystem::path& result) {
  const LitertFiles litert = find_litert();
  PluginRun run;
  run.output = output_of(
      concat("LD_LIBRARY_PATH=", quoted(SOTTO_STUB_ADAPTER_DIR), ":", quoted(litert.folder), " ",
             quoted(litert.apply_plugin), " --cmd=", command, " --model=", quoted(model),
             " --o=", quoted(result), " --soc_manufacturer=MediaTek --soc_model=", soc,
             " --libs=", quoted(litert.mediatek_plugins), " --err=--"),
      run.exit_code);
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

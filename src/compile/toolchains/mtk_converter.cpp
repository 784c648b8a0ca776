#include "compile/toolchains/mtk_converter.h"

#include <algorithm>
#include <array>
#include <span>

#include "nlohmann/json.hpp"

#include "core/base/error.h"
#include "core/json/json_document.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTool = "mtk_converter";
constexpr std::string_view kVersions = "sotto-versions ";

// What Python runs: the file, what to write, and the inputs' shapes as JSON are its arguments.
constexpr const char* kScript = R"(import json, platform
source, target, shapes = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
import torch
import mtk_converter
converter = mtk_converter.PyTorchConverter.from_script_module_file(
    source, input_shapes=shapes, input_types=[torch.float32] * len(shapes))
converter.quantize = False
converter.convert_to_tflite(output_file=target)
print('sotto-versions ' + json.dumps({
    'mtk_converter': str(getattr(mtk_converter, '__version__', 'unknown')),
    'torch': torch.__version__, 'python': platform.python_version()}))
)";

const auto& known_failures() {
  static const auto failures = std::to_array<KnownFailure>({
      {"No module named 'torch'", concat("this Python has no torch, which the converter needs "
                                         "(1.13 for SDK 8): install it there, or name another "
                                         "Python with ",
                                         Option{"python"})},
      {"No module named 'mtk_converter'",
       concat("this Python has no mtk_converter: it comes with the NeuroPilot SDK (a wheel under "
              "host/lib/python); install it there, or name its folder with $MTK_CONVERTER_PATH, "
              "the SDK's root with ",
              Option{"sdk"}, ", or another Python with ", Option{"python"})},
      {"No module named",
       "a Python module that the converter needs is missing: see the log, and install it there"},
      {"Unknown builtin op",
       "this torch does not know an operator in the file: the converter of SDK 8 goes with torch "
       "1.13"},
      {"has no attribute 'PyTorchConverter'",
       "this mtk_converter has no PyTorchConverter: it needs the torch that it was made for"},
      {"UnsupportedOp",
       "the converter does not know an operator in the file: see the log for which"},
      {"nsupported op",
       "the converter does not know an operator in the file: see the log for which"},
      {"MemoryError", "memory ran out"},
  });
  return failures;
}

/// "mtk_converter 8.13.0, torch 1.13.1, …" by the line that the script ends with; empty where there
/// is none that can be read, for what a tool says is no reason to refuse what it made.
std::string versions_in(const std::string& output) {
  const std::size_t at = output.rfind(kVersions);
  if (at == std::string::npos) return "";
  const std::string line = output.substr(at + kVersions.size());
  const auto bytes = std::as_bytes(std::span(line).first(std::min(line.find('\n'), line.size())));
  std::string text;
  try {
    const auto versions = parse_json(bytes, kTool);
    for (const auto& [name, version] : versions.items()) {
      if (!version.is_string()) continue;
      text += concat(text.empty() ? "" : ", ", name, ' ', version.get<std::string>());
    }
  } catch (const Error&) {
    return "";
  }
  return text;
}

}  // namespace

Command mtk_command(const MtkPython& python, const fs::path& input, const fs::path& output,
                    const std::vector<Shape>& input_shapes) {
  Command command = python_command(python, kScript);
  for (const std::string& argument :
       {input.string(), output.string(), nlohmann::json(input_shapes).dump()}) {
    command.arguments.push_back(argument);
  }
  return command;
}

std::string convert_with_mtk(const Command& command, const fs::path& input, const fs::path& output,
                             const fs::path& log_file, const ToolLog& log) {
  const ToolRun run{kTool, input.string(), command, log_file, known_failures()};
  const CommandResult result = run_tool(run, log);
  std::error_code error;
  if (fs::file_size(output, error) == 0 || error) fail_run(run, "it ended well but wrote no file");
  const std::string versions = versions_in(result.output);
  return versions.empty() ? "unknown" : plain_version(versions);
}

}  // namespace sotto

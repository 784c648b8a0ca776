#include "compile/toolchains/ncc_tflite.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "core/base/error.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr const char* kProgram = "ncc-tflite";
constexpr auto kPlaces = std::to_array<std::string_view>({"host/bin/ncc-tflite", "bin/ncc-tflite"});

/// What people have met, and the way out.
const auto& known_failures() {
  static const auto failures = std::to_array<KnownFailure>({
      {"NEURON_UNMAPPABLE",
       "the graph does not map to the NPU (NEURON_UNMAPPABLE), which happens from some 4500 "
       "operators "
       "on: run `sotto check` on it, and compile its parts apart or with fewer layers"},
      {"UNMAPPABLE",
       "an operator does not map to the NPU: run `sotto check` on the file with this target"},
      {"Unsupported arch",
       "this ncc-tflite does not know the architecture: use the SDK of the target"},
      {"unknown arch", "this ncc-tflite does not know the architecture: use the SDK of the target"},
      {"MTKEXT_",
       "an operator of MediaTek's converter is not known to this ncc-tflite: take both tools from "
       "one "
       "SDK"},
      {"Unsupported op", "an operator is not supported on this NPU: run `sotto check` on the file"},
      {"unsupported op", "an operator is not supported on this NPU: run `sotto check` on the file"},
      {"error while loading shared libraries",
       concat("its libraries are not found: name the SDK's root with ", Option{"sdk"},
              ", so that host/lib is")},
      {"Cannot allocate memory", "memory ran out"},
      {"bad_alloc", "memory ran out"},
      {"icense", "its licence is refused: see the SDK's own instructions"},
  });
  return failures;
}

}  // namespace

fs::path find_ncc(const NccOptions& options) {
  fs::path in_sdk = find_in_sdk(options.sdk, kPlaces);
  if (!in_sdk.empty()) return in_sdk;
  if (const auto in_path = find_program(kProgram); in_path && options.sdk.empty()) return *in_path;
  const auto roots = sdk_roots(options.sdk);
  fail(ErrorKind::unavailable, kProgram,
       " (MediaTek's compiler) is not here: it comes with the NeuroPilot SDK, whose root ",
       Option{"sdk"}, " or $MTK_NEURON_SDK names (looked ",
       roots.empty() ? std::string("in PATH)") : concat("under ", list_of(roots), ")"));
}

Command ncc_command(const fs::path& program, const Target& target, const fs::path& input,
                    const fs::path& output, const NccOptions& options) {
  if (!target.refusal.empty()) {
    fail(ErrorKind::usage, Option{"target", target.name}, ": ", target.refusal);
  }
  if (!target.ncc) {
    fail(ErrorKind::usage, Option{"target", target.name},
         ": the flags of ncc-tflite for it are not public: compile with ",
         Option{"toolchain", "litert"});
  }
  Command command;
  command.program = program;
  command.arguments = {concat("--arch=", target.ncc->arch)};
  if (target.ncc->l1_size_kb > 0) {
    command.arguments.push_back(concat("--l1-size-kb=", target.ncc->l1_size_kb));
  }
  if (target.ncc->num_mdla > 0) {
    command.arguments.push_back(concat("--num-mdla=", target.ncc->num_mdla));
  }
  for (const char* flag : {"--relax-fp32", "--opt-accuracy", "--opt-footprint"}) {
    command.arguments.emplace_back(flag);
  }
  command.arguments.insert(command.arguments.end(), options.extra.begin(), options.extra.end());
  for (const std::string& word : {std::string("--dla-file"), output.string(), input.string()}) {
    command.arguments.push_back(word);
  }
  // <sdk>/host/bin/ncc-tflite finds its libraries in <sdk>/host/lib.
  const fs::path libraries = program.parent_path().parent_path() / "lib";
  std::error_code ignored;
  if (fs::is_directory(libraries, ignored)) {
    command.environment.push_back(prepended("LD_LIBRARY_PATH", libraries.string()));
  }
  return command;
}

std::string ncc_version(const fs::path& program) {
  Command command;
  command.program = program;
  command.arguments = {"--version"};
  const fs::path libraries = program.parent_path().parent_path() / "lib";
  command.environment.push_back(prepended("LD_LIBRARY_PATH", libraries.string()));
  std::string version;
  const CommandResult result = run_command(command, [&](std::string_view line) {
    const bool has_number =
        std::any_of(line.begin(), line.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (version.empty() && has_number) version = plain_version(line);
  });
  return result.exit_code == 0 ? version : std::string();
}

void compile_with_ncc(const Command& command, const fs::path& input, const fs::path& output,
                      const fs::path& log_file, const ToolLog& log) {
  const ToolRun run{kProgram, input.string(), command, log_file, known_failures()};
  (void)run_tool(run, log);
  std::error_code error;
  const auto bytes = fs::file_size(output, error);
  if (error) fail_run(run, "it ended well but wrote no DLA");
  if (bytes == 0) fail_run(run, "it ended well but its DLA is empty");
}

}  // namespace sotto

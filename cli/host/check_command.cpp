#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "compile/compiler/check_inputs.h"
#include "compile/targets/check.h"
#include "core/base/error.h"
#include "host/check_tables.h"
#include "host/choice.h"
#include "message.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto check models/ --target mt8371             every TFLite file of a bundle
  sotto check encoder.tflite --target mt6991      any TFLite file
  sotto check base.pt --target mt8189             what an export of it would write
  sotto check converted.tflite --toolchain ncc         as MediaTek's own compiler would take it
  sotto check models/ --json | jq '.graphs[].findings'
  sotto check --list-targets

The exit code is 1 when the target's compilers would refuse something. Times are estimates.)";

struct CheckArguments {
  std::string path;
  std::string target = "mt8371";
  std::optional<ToolchainName> toolchain;
  bool list_targets = false;
  bool json = false;
};

void check(const CheckArguments& arguments) {
  const Target& target = find_target(arguments.target);
  if (!target.refusal.empty()) {
    fail(ErrorKind::unsupported, target.name, " (", target.marketing, "): ", target.refusal);
  }
  std::vector<CheckedFile> files;
  for (const CheckInput& input : check_inputs(arguments.path)) {
    const ToolchainName toolchain =
        arguments.toolchain.value_or(input.toolchain.value_or(ToolchainName::both));
    files.push_back({input.name, toolchains_for(target, toolchain),
                     check_model(input.read(), target, toolchain)});
  }
  if (arguments.json) {
    print_json(check_json(target, files));
  } else {
    print(check_text(target, files));
  }
  const bool passed = std::all_of(files.begin(), files.end(),
                                  [](const CheckedFile& file) { return file.report.passed(); });
  if (!passed) throw CLI::RuntimeError(1);
}

void run(const CheckArguments& arguments) {
  if (arguments.list_targets) {
    arguments.json ? print_json(targets_json()) : print(targets_text());
    return;
  }
  if (arguments.path.empty()) throw CLI::RequiredError("PATH");
  check(arguments);
}

}  // namespace

void add_check_command(CLI::App& app) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      app.add_subcommand("check",
                         "Say whether an NPU's compilers will take a TFLite file, and why "
                         "not");
  command->footer(kExamples);
  command
      ->add_option("path", arguments->path,
                   "A TFLite file, a bundle that has some, or a checkpoint")
      ->type_name("PATH");
  command->add_option("--target", arguments->target, "The chip (--list-targets shows all)")
      ->type_name("NAME")
      ->capture_default_str();
  command
      ->add_option("--toolchain", arguments->toolchain,
                   "ncc: MediaTek's ncc-tflite; litert: LiteRT's MediaTek plugin; both: whichever "
                   "there are for the chip")
      ->transform(choice(std::map<std::string, ToolchainName>{{"ncc", ToolchainName::ncc},
                                                              {"litert", ToolchainName::litert},
                                                              {"both", ToolchainName::both}}))
      ->type_name("ncc|litert|both")
      ->default_str("both");
  command->add_flag("--list-targets", arguments->list_targets, "Show the chips that are known");
  command->add_flag("--json", arguments->json, "Print everything as JSON");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli

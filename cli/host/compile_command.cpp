#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "commands.h"
#include "compile/compiler/compiler.h"
#include "core/base/error.h"
#include "host/layer_norm_choice.h"
#include "host/waiting_note.h"
#include "message.h"
#include "progress.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto compile models/ --target mt8371 --toolchain ncc --sdk neuropilot-sdk-basic-8.0.10/
  sotto compile models/ --target mt8189 --toolchain litert
  sotto compile models/ --target mt8189 --toolchain neuron --sdk neuropilot-sdk-basic-8.0.10/
  sotto compile models/ --target mt8371 --toolchain ncc --graph step --extra=--opt-bw
  sotto compile models/ --target mt8189 --toolchain litert --graph crosskv --graph step -o board/
  sotto compile models/ --target mt8371 --toolchain ncc --dry-run

Every TFLite graph of the bundle is compiled (what MediaTek's converter made goes to ncc alone), and what
comes out is added to the bundle, or written as a new one, in one step and only when all went well. The tools' output is kept
beside the bundle, in BUNDLE.logs.)";

struct CompileArguments {
  CompileOptions options;
  bool dry_run = false, json = false, quiet = false;
};

std::string json_text(const CompileReport& report) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const CompiledFile& file : report.files) {
    files.push_back({{"source", file.source},
                     {"file", file.record.name},
                     {"bytes", file.record.bytes},
                     {"note", file.note},
                     {"log", file.log}});
  }
  const nlohmann::ordered_json document{
      {"target", report.target}, {"tool", report.tool}, {"files", std::move(files)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string table_text(const CompileReport& report) {
  Table table({"File", ">Size", "From", "Result"});
  for (const CompiledFile& file : report.files) {
    table.add({file.record.name, byte_size(static_cast<double>(file.record.bytes)), file.source,
               file.note.empty() ? "compiled" : file.note});
  }
  return concat(table.text(), "Compiled by ", shown_on_a_line(report.tool), "\n");
}

void run(CompileArguments& arguments) {
  CompileOptions& options = arguments.options;
  options.tools.program = std::filesystem::read_symlink("/proc/self/exe");
  if (arguments.dry_run) {
    for (const Command& command : plan_compilation(options)) {
      print(shown_on_a_line(to_string(command)) + "\n");
    }
    return;
  }
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  options.progress = [&](const std::string& file) { progress.show("compiling " + file); };
  options.on_wait =
      waiting_note(options.output.empty() ? options.bundle : options.output, progress);
  const CompileReport report = compile_bundle(options);
  progress.clear();
  if (arguments.json) {
    print_json(json_text(report));
  } else if (!arguments.quiet) {
    print(table_text(report));
  }
}

}  // namespace

void add_compile_command(CLI::App& app) {
  auto arguments = std::make_shared<CompileArguments>();
  CLI::App* command = app.add_subcommand("compile", "Compile a bundle's TFLite files for an NPU");
  command->footer(kExamples);
  command->add_option("bundle", arguments->options.bundle, "The folder that `sotto export` wrote")
      ->required()
      ->type_name("BUNDLE");
  command
      ->add_option("--target", arguments->options.target,
                   "The SoC, as `sotto check --list-targets` has it")
      ->required()
      ->type_name("SOC");
  command
      ->add_option("--toolchain", arguments->options.toolchain,
                   "ncc: MediaTek's own compiler → .dla; litert: LiteRT's with MediaTek's plugin → "
                   ".tflite; neuron: MediaTek's host library called graph by graph → .neuron")
      ->required()
      ->check(CLI::IsMember(toolchain_names()))
      ->type_name("NAME");
  command
      ->add_option("--sdk", arguments->options.tools.sdk,
                   "Root of the NeuroPilot SDK or host libraries ($MTK_NEURON_SDK)")
      ->type_name("FOLDER");
  command
      ->add_option("--litert", arguments->options.tools.litert, "LiteRT's folder ($SOTTO_LITERT)")
      ->type_name("FOLDER");
  command
      ->add_option("--graph", arguments->options.graphs,
                   "Only this graph: encoder, decoder, alignment, crosskv, step or prefill, or a "
                   "role as the manifest has it; repeatable")
      ->allow_extra_args(false)
      ->type_name("NAME");
  command
      ->add_option("-o,--output", arguments->options.output,
                   "Write a new bundle of what is compiled and what a device needs beside it, in "
                   "place of adding to this one")
      ->type_name("FOLDER");
  command
      ->add_option("--extra", arguments->options.tools.extra,
                   "A flag to hand on to the compiler, as --extra=--opt-bw; repeatable")
      ->allow_extra_args(false)
      ->type_name("FLAG");
  command
      ->add_option("--layer-norm", arguments->options.tools.layer_norm,
                   "neuron: layer norms as MediaTek's own operation (vendor), as the file's "
                   "operators (decomposed), or as its own where the compiler takes it (auto, the "
                   "default)")
      ->transform(layer_norm_choice())
      ->type_name("FORM");
  command->add_flag("--allow-partial", arguments->options.tools.allow_partial,
                    "litert: take a graph of which only a part is compiled");
  command->add_flag("--dry-run", arguments->dry_run,
                    "Print the commands, with results in the current folder, and run none");
  command->add_flag("--json", arguments->json, "Print the result as JSON");
  command->add_flag("--quiet", arguments->quiet, "Say nothing unless something is wrong");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli

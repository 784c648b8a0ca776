#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "compile/toolchains/neuron_compiler.h"
#include "core/base/error.h"
#include "host/layer_norm_choice.h"
#include "message.h"

// What `sotto compile --toolchain neuron` runs for each graph: the vendor's library has a process
// of its own, so that whatever becomes of it is a sentence.

namespace sotto::cli {
namespace {

struct CompileGraphArguments {
  std::string input, output, library;
  LayerNormForm layer_norm = LayerNormForm::automatic;
  std::vector<std::string> extra;
};

void run(const CompileGraphArguments& arguments) {
  std::string extra;
  for (const std::string& word : arguments.extra) extra += extra.empty() ? word : ' ' + word;
  const NeuronCompilation done = compile_with_neuron(
      arguments.input, arguments.output, arguments.library, {extra, arguments.layer_norm});
  print(
      concat("compiled by Neuron ", done.version, ": ", done.operations, " operations",
             done.operations == done.operators ? "" : concat(" for ", done.operators, " operators"),
             done.layer_norms.empty() ? "" : ", ", done.layer_norms, "\n"));
}

}  // namespace

void add_compile_graph_command(CLI::App& app) {
  auto arguments = std::make_shared<CompileGraphArguments>();
  CLI::App* command = app.add_subcommand(
      "compile-graph",
      "Compile one TFLite file with the NeuronAdapter of MediaTek's host libraries");
  command->group("");  // `sotto compile` is what people call
  command->add_option("input", arguments->input, "The TFLite file")->required();
  command->add_option("output", arguments->output, "Where the compiled network goes")->required();
  command->add_option("library", arguments->library, "libneuron_adapter.so")->required();
  command->add_option("layer-norm", arguments->layer_norm, "As what layer norms are compiled")
      ->required()
      ->transform(layer_norm_choice());
  command->add_option("extra", arguments->extra, "Options of the compiler's to add");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "commands.h"
#include "compile/compiler/mtk_conversion.h"
#include "compile/exporter/exporter.h"
#include "core/base/error.h"
#include "host/choice.h"
#include "host/pass_dump.h"
#include "host/waiting_note.h"
#include "message.h"
#include "progress.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto export base.pt -o models/
  sotto export base.pt -o models/ --format tflite --weights float16
  sotto export base.pt -o models/ --format tflite --weights float16 --graphs crosskv,step
  sotto export whisper-small/ -o models/ --frames 1000   a window of 10 s
  sotto export finetuned.pt -o models/ --name mine       dims that nobody published
  sotto export lora/ --base base.pt -o models/           a LoRA, merged into its base

The folder is written as a whole or not at all; an older bundle there is replaced.)";

struct ExportArguments {
  ExportOptions options;
  std::string heads;
  std::string dump_folder;
  std::vector<std::string> graphs;
  std::string converter;
  MtkPythonOptions mtk;
  bool quiet = false;
};

const std::map<std::string, ExportFormat> kFormats{{"torchscript", ExportFormat::torchscript},
                                                   {"tflite", ExportFormat::tflite},
                                                   {"all", ExportFormat::all}};
const std::map<std::string, WeightType> kWeightTypes{{"float32", WeightType::float32},
                                                     {"float16", WeightType::float16}};
const std::map<std::string, GeluForm> kGeluForms{{"exact", GeluForm::exact},
                                                 {"tanh", GeluForm::tanh}};

std::string shapes(const std::vector<Signature::Port>& ports) {
  std::string text;
  for (const Signature::Port& port : ports)
    text += (text.empty() ? "" : ", ") + to_string(port.shape);
  return text;
}

std::string report_text(const ExportReport& report) {
  Table table({"File", ">Size", "Inputs", "Outputs"});
  std::set<std::string> names;
  for (const FileRecord& file : report.manifest.files) {
    const bool is_new = names.insert(file.name).second;  // and no further graph of one file
    table.add({is_new ? file.name : "", is_new ? byte_size(static_cast<double>(file.bytes)) : "",
               shapes(file.signature.inputs), shapes(file.signature.outputs)});
  }
  return concat(table.text(), shown_on_a_line(report.folder.string()), ": ",
                shown_on_a_line(report.manifest.model_name), ", ", names.size(), " files, ",
                byte_size(static_cast<double>(total_bytes(report.manifest))), "\n");
}

std::vector<GraphKind> kinds_of(const std::vector<std::string>& names) {
  std::vector<GraphKind> kinds;
  for (const std::string& name : names) {
    const auto kind = find_graph(name);
    if (!kind) {
      std::string known;
      for (const GraphEntry& entry : graph_table()) {
        known += concat(known.empty() ? "" : ", ", entry.name);
      }
      fail(ErrorKind::usage, Option{"graphs"}, ": expected names out of ", known, ", found \"",
           name, '"');
    }
    kinds.push_back(*kind);
  }
  return kinds;
}

void run(const ExportArguments& arguments) {
  Progress progress(arguments.quiet ? Verbosity::quiet : Verbosity::normal);
  ExportOptions options = arguments.options;
  options.graphs = kinds_of(arguments.graphs);
  if (!arguments.heads.empty()) options.alignment_heads = parse_alignment_heads(arguments.heads);
  if (!arguments.dump_folder.empty()) options.lowering.dump = PassDump(arguments.dump_folder);
  options.progress = [&](const std::string& file) { progress.show("writing " + file); };
  options.on_wait = waiting_note(options.output, progress);
  if (!arguments.converter.empty() && options.format == ExportFormat::tflite) {
    throw CLI::ValidationError("--converter",
                               "MediaTek's converter takes TorchScript files: expected --format "
                               "torchscript or all, found tflite");
  }
  if (!arguments.converter.empty()) static_cast<void>(find_mtk_python(arguments.mtk));
  ExportReport report = export_bundle(options);
  if (!arguments.converter.empty()) {
    const auto converting = [&](const std::string& file) { progress.show("converting " + file); };
    report.manifest = convert_by_mtk({options.output, arguments.mtk, converting, options.on_wait});
  }
  progress.clear();
  if (arguments.quiet) return;
  print_notes(report.notes);
  print(report_text(report));
}

void add_options(CLI::App& command, ExportArguments& arguments) {
  ExportOptions& options = arguments.options;
  command
      .add_option("source", options.source, "A checkpoint of any format, a bundle or an adapter")
      ->required()
      ->type_name("SOURCE");
  command
      .add_option("--base", options.base,
                  "Where the source is an adapter (a folder of PEFT's), what it is merged into")
      ->type_name("PATH");
  command.add_option("-o,--output", options.output, "The folder to write")
      ->required()
      ->type_name("FOLDER");
  command
      .add_option("--name", options.name, "What file names are built from (found from the dims)")
      ->type_name("NAME");
  command.add_option("--frames", options.frames, "The encoder's window in mel frames of 10 ms")
      ->type_name("N");
  command.add_option("--format", options.format, "The graphs' format (torchscript)")
      ->transform(choice(kFormats))
      ->type_name("torchscript|tflite|all");
  command
      .add_option(
          "--graphs", arguments.graphs,
          "Only these of encoder, decoder, alignment, crosskv, step and prefill; an NPU that "
          "decodes over a cache needs crosskv and step, and takes prompts faster with prefill")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAME,...");
  command
      .add_option("--weights", options.weights,
                  "How TFLite files hold weights, and bundles of TFLite alone the embeddings "
                  "(float32)")
      ->transform(choice(kWeightTypes))
      ->type_name("float32|float16");
  command
      .add_option("--converter", arguments.converter,
                  "Have MediaTek's own converter make TFLite files of the TorchScript ones too")
      ->check(CLI::IsMember({"mtk"}))
      ->type_name("mtk");
  command
      .add_option("--python", arguments.mtk.python,
                  "The Python that the converter is installed in ($SOTTO_MTK_PYTHON, python3)")
      ->type_name("PATH");
  command.add_option("--sdk", arguments.mtk.sdk, "Root of the NeuroPilot SDK ($MTK_NEURON_SDK)")
      ->type_name("FOLDER");
  command
      .add_option("--gelu", options.lowering.gelu,
                  "GELU in TFLite files; NPU compilers make the tanh form of both (exact)")
      ->transform(choice(kGeluForms))
      ->type_name("exact|tanh");
  command
      .add_option("--prefill", options.prefill,
                  "Prompt tokens that the graph for prompts takes at once (64)")
      ->type_name("N");
  command
      .add_option("--dump-passes", arguments.dump_folder,
                  "Write each TFLite graph as text after every step of lowering that changed it")
      ->type_name("FOLDER");
  command.add_option("--vocabulary", options.vocabulary, "The rank file to put in")
      ->type_name("FILE");
  command.add_flag("--alignment", options.alignment,
                   "Write the decoder that times words too: the torchscript back end needs it for "
                   "word timestamps");
  command
      .add_option(
          "--alignment-heads", arguments.heads,
          "The decoder's heads that time words, by layer and number (the source's own, else "
          "all of the upper layers)")
      ->type_name("L:H,...");
  command.add_flag("--quiet", arguments.quiet, "Say nothing unless something is wrong");
}

}  // namespace

void add_export_command(CLI::App& app) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command =
      app.add_subcommand("export", "Write a checkpoint as the files that an NPU needs");
  command->footer(kExamples);
  add_options(*command, *arguments);
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli

#include <algorithm>
#include <memory>
#include <string>

#include "bundle_check.h"
#include "commands.h"
#include "core/base/error.h"
#include "message.h"
#include "progress.h"
#include "run/inspector/inspection.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

constexpr const char* kExamples = R"(Examples:
  sotto inspect base.pt
  sotto inspect models/ --tensors
  sotto inspect lora/                             an adapter: rank, alpha, modules
  sotto inspect models/ --check                   are all files whole?
  sotto inspect models/decoder_base_448.pt --json | jq .graphs
  sotto inspect models/encoder_base_80x3000.tflite)";

constexpr std::size_t kFirstTensors = 8;

struct InspectArguments {
  std::string path;
  bool tensors = false;
  bool check = false;
  bool json = false;
};

/// "43.7 billion", "72.6 million", "812".
std::string count(std::int64_t number) {
  constexpr double kMillion = 1e6, kBillion = 1e9;
  const auto value = static_cast<double>(number);
  if (value < kMillion) return std::to_string(number);
  if (value < kBillion) return fixed(value / kMillion, 1) + " million";
  return fixed(value / kBillion, 1) + " billion";
}

std::string facts(const Inspection& inspection) {
  Table table({inspection.kind, inspection.path.string()});
  table.add({"size on disk", byte_size(static_cast<double>(inspection.bytes))});
  if (inspection.dims) {
    table.add({"model", inspection.size_name.empty() ? "no published size" : inspection.size_name});
  }
  if (!inspection.tensors.empty()) {
    table.add({"parameters", concat(count(inspection.parameters), " in ", inspection.tensors.size(),
                                    " tensors")});
  }
  for (const auto& [label, value] : inspection.facts) table.add({label, value});
  return table.text();
}

std::string dims(const WhisperDims& dims) {
  Table table({"dims", ">value"});
  for (const DimField& field : dim_fields()) {
    table.add({std::string(field.name), std::to_string(dims.*field.member)});
  }
  return table.text();
}

std::string files(const std::vector<FileRecord>& files) {
  Table table({"file", ">size", "role", "SHA-256"});
  for (const FileRecord& file : files) {
    table.add({file.name, byte_size(static_cast<double>(file.bytes)), file.role, file.sha256});
  }
  return table.text();
}

std::string ports(const std::vector<GraphInfo::Port>& ports) {
  std::string text;
  for (const auto& port : ports) {
    text += concat(text.empty() ? "" : ", ", port.name, " ", port.type,
                   port.type.empty() ? "" : " ", to_string(port.shape));
  }
  return text;
}

std::string graph(const GraphInfo& graph) {
  std::int64_t nodes = 0;
  std::string ops;
  for (const auto& [name, times] : graph.op_counts) {
    nodes += times;
    ops += concat(ops.empty() ? "" : ", ", times, " ", name);
  }
  Table table({"graph", graph.name});
  table.add({"inputs", ports(graph.inputs)});
  table.add({"outputs", ports(graph.outputs)});
  table.add({"ops", concat(nodes, ": ", ops)});
  table.add({"multiply-adds", count(graph.cost.multiply_adds)});
  table.add({"constants", byte_size(static_cast<double>(graph.cost.constant_bytes))});
  table.add({"boundary", concat(byte_size(static_cast<double>(graph.boundary_bytes)), " a run")});
  if (graph.resident_bytes > 0) {
    table.add({"stays bound", byte_size(static_cast<double>(graph.resident_bytes))});
  }
  table.add({"activations", byte_size(static_cast<double>(graph.cost.activation_bytes))});
  return table.text();
}

std::string tensors(const Inspection& inspection, std::size_t most) {
  Table table({"tensor", "dtype", "shape"});
  const std::size_t shown = std::min(most, inspection.tensors.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const TensorInfo& tensor = inspection.tensors[i];
    table.add({tensor.name, std::string(to_string(tensor.dtype)), to_string(tensor.shape)});
  }
  const std::size_t left = inspection.tensors.size() - shown;
  return table.text() + (left > 0 ? concat("and ", left, " more (--tensors shows all)\n") : "");
}

std::string text(const Inspection& inspection, const InspectArguments& arguments) {
  std::string text = facts(inspection);
  if (inspection.dims) text += "\n" + dims(*inspection.dims);
  if (!inspection.files.empty()) text += "\n" + files(inspection.files);
  for (const GraphInfo& info : inspection.graphs) text += "\n" + graph(info);
  if (!inspection.tensors.empty()) {
    const std::size_t most = arguments.tensors ? inspection.tensors.size() : kFirstTensors;
    text += "\n" + tensors(inspection, most);
  }
  return text;
}

void run(const InspectArguments& arguments) {
  Inspection inspection = inspect(arguments.path);
  if (arguments.check) {
    Progress progress(Verbosity::normal);
    static_cast<void>(checked_bundle(arguments.path, progress));
    inspection.facts.emplace_back("hashes", "those of all files are as the manifest says");
  }
  for (auto& [label, value] : inspection.facts) value = with_flags(value);
  if (arguments.json) {
    print_json(inspection_json(inspection));
  } else {
    print(text(inspection, arguments));
  }
}

}  // namespace

void add_inspect_command(CLI::App& app) {
  auto arguments = std::make_shared<InspectArguments>();
  CLI::App* command =
      app.add_subcommand("inspect", "Show what is in a checkpoint, a bundle or a file of either");
  command->footer(kExamples);
  command->add_option("path", arguments->path, "A file or folder")->required()->type_name("PATH");
  command->add_flag("--tensors", arguments->tensors, "All tensors, not only the first");
  command->add_flag("--check", arguments->check,
                    "Compare every file of a bundle with the hash in its manifest");
  command->add_flag("--json", arguments->json, "Everything as a JSON object");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace sotto::cli

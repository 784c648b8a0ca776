#include "compile/compiler/check_inputs.h"

#include <memory>

#include "compile/exporter/graph_files.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/base/output_file.h"
#include "core/base/scratch_file.h"
#include "core/bundle/bundle.h"
#include "core/bundle/distinct_files.h"
#include "core/bundle/graph_table.h"
#include "core/signatures/other_files.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {
namespace {

/// MediaTek's converter writes operators that only MediaTek's compiler knows.
std::optional<ToolchainName> toolchain_of(const GraphRole& role) {
  return role.form == Form::mtk ? std::optional(ToolchainName::ncc) : std::nullopt;
}

std::vector<CheckInput> inputs_of_bundle(const std::filesystem::path& folder) {
  const Bundle bundle = Bundle::open(folder);
  std::vector<CheckInput> inputs;
  for (const FileRecord& file : distinct_files(bundle.manifest())) {
    const auto role = parse_graph_role(file.role);
    if (!role || role->form == Form::torchscript || !role->soc.empty()) continue;
    const std::filesystem::path path = folder / file.name;
    inputs.push_back(
        {path.stem().string(), [path] { return read_tflite(path); }, toolchain_of(*role)});
  }
  if (inputs.empty()) {
    fail(ErrorKind::not_found, folder.string(), ": expected TFLite files in the bundle, found ",
         "none; an export of it with ", Option{"format", "tflite"}, " writes them");
  }
  return inputs;
}

/// A graph as the file that it would be, which nobody else sees and which goes with its mapping.
TfliteModel written(const GraphFile& graph) {
  const ScratchFile scratch;
  OutputFile file(scratch.path(), graph.name);
  graph.write(file);
  file.close();
  return read_tflite(scratch.path());
}

std::vector<CheckInput> inputs_of_checkpoint(const std::filesystem::path& path) {
  const auto checkpoint = std::make_shared<const Checkpoint>(read_checkpoint(path));
  ExportOptions options;
  options.format = ExportFormat::tflite;
  const std::string name(size_name(checkpoint->dims).value_or("model"));
  std::vector<CheckInput> inputs;
  for (GraphFile& graph : plan_graph_files(options, *checkpoint, name)) {
    std::string stem = std::filesystem::path(graph.name).stem().string();
    inputs.push_back(
        {std::move(stem), [graph = std::move(graph)] { return written(graph); }, std::nullopt});
  }
  return inputs;
}

}  // namespace

std::vector<CheckInput> check_inputs(const std::filesystem::path& path) {
  if (Bundle::is_bundle(path)) return inputs_of_bundle(path);
  refuse_other_files(path, Wanted::graph);
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return inputs_of_checkpoint(path);
  const auto file = MappedFile::open(path);
  if (!is_tflite(file->bytes())) return inputs_of_checkpoint(path);
  std::vector<CheckInput> inputs;
  inputs.push_back({path.stem().string(), [path] { return read_tflite(path); }, std::nullopt});
  return inputs;
}

}  // namespace sotto

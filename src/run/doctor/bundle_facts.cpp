#include "run/doctor/bundle_facts.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/base/error.h"
#include "core/base/staging.h"
#include "core/bundle/graph_table.h"
#include "core/neuron/compiled_file.h"
#include "core/tflite/tflite_model.h"
#include "run/doctor/system_facts.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

/// The number behind the name of what compiled a file: 8 of "LiteRT 2.3.0, Neuron 8.2.26".
std::optional<std::uint64_t> major_in(std::string_view tool) {
  for (const std::string_view name : {"Neuron ", "ncc-tflite "}) {
    const auto at = tool.find(name);
    if (at == std::string_view::npos) continue;
    const char* first = tool.data() + at + name.size();
    std::uint64_t major = 0;
    const auto [end, error] = std::from_chars(first, tool.data() + tool.size(), major);
    if (error == std::errc() && end != first) return major;
  }
  return std::nullopt;
}

/// Whether the log of a compilation has the flag that makes the compiler refuse what it would leave
/// to the CPU.
bool log_forbids_bridges(const fs::path& bundle, const std::string& file) {
  constexpr std::size_t kMostLog = 1 << 14;
  const fs::path target = resolve_target(bundle);
  const fs::path log = target.parent_path() / concat(target.filename().string(), ".logs") /
                       concat(fs::path(file).stem().string(), ".ncc.log");
  return text_of(log, kMostLog).find("--disallow-bridge") != std::string::npos;
}

FileFacts file_facts(const Bundle& bundle, const FileRecord& record, const GraphRole& role) {
  FileFacts facts;
  facts.name = record.name;
  facts.role = record.role;
  facts.graph = entry_of(role.graph).name;
  facts.compiled_as = role.compiled_as;
  facts.soc = role.soc;
  facts.tool = record.tool;
  facts.bytes = record.bytes;
  facts.major = major_in(record.tool);
  facts.forbids_bridges =
      role.compiled_as == "dla" && log_forbids_bridges(bundle.folder(), record.name);
  try {
    const neuron::CompiledFile file = neuron::open_compiled(bundle.folder() / record.name);
    if (file.version) facts.major = file.version->major;
  } catch (const Error& error) {
    facts.is_partial = error.kind() == ErrorKind::unsupported;
    facts.state = FileState::refused;
    facts.message = error.message();
  }
  return facts;
}

bool is_quantized(const TfliteTensor& tensor) {
  const bool is_small =
      tensor.type == tflite::TensorType::int8 || tensor.type == tflite::TensorType::uint8;
  return is_small && !tensor.constant;
}

SourceFacts source_facts(const Bundle& bundle, const FileRecord& record, const GraphRole& role) {
  SourceFacts facts;
  facts.name = record.name;
  facts.graph = entry_of(role.graph).name;
  const TfliteModel model = read_tflite(bundle.folder() / record.name);
  for (const TfliteSubgraph& graph : model.subgraphs) {
    facts.operators += graph.operators.size();
    facts.quantized_tensors += static_cast<std::uint64_t>(
        std::count_if(graph.tensors.begin(), graph.tensors.end(), is_quantized));
  }
  return facts;
}

void read_files(const Bundle& bundle, BundleFacts& facts) {
  for (const FileRecord& record : bundle.manifest().files) {
    const auto role = parse_graph_role(record.role);
    if (!role) continue;
    if (!role->soc.empty()) {
      facts.files.push_back(file_facts(bundle, record, *role));
    } else if (role->form != Form::torchscript) {
      facts.sources.push_back(source_facts(bundle, record, *role));
    }
  }
}

}  // namespace

BundleFacts bundle_facts(const fs::path& folder) {
  if (!Bundle::is_bundle(folder)) {
    fail(ErrorKind::not_found, folder.string(), ": expected a bundle, a folder with ",
         kManifestName, ", found none");
  }
  BundleFacts facts;
  facts.folder = folder.string();
  try {
    const Bundle bundle = Bundle::open(folder);
    facts.model = bundle.manifest().model_name;
    bundle.check_hashes();
    read_files(bundle, facts);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::internal) throw;
    facts.damage = error.message();
  }
  return facts;
}

GraphQuestion graph_question(const Bundle& bundle, const FileFacts& file, const fs::path& adapter) {
  const Signature& signature = bundle.record(file.role).signature;
  return {bundle.folder() / file.name, signature.inputs.size(), signature.outputs.size(), adapter};
}

}  // namespace sotto

#include "run/doctor/report_json.h"

#include <nlohmann/json.hpp>

#include "run/self_test/self_test_json.h"

namespace sotto {
namespace {

using Json = nlohmann::ordered_json;
using Spell = std::function<std::string(std::string_view)>;

std::string as_it_is(std::string_view text) { return std::string(text); }

template <class T>
Json optional(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json system_object(const SystemFacts& system) {
  Json cores = Json::array();
  for (const CoreKind& kind : system.cores) {
    cores.push_back({{"name", kind.name}, {"count", kind.count}});
  }
  return {{"board", system.board},
          {"soc", system.soc},
          {"soc_source", system.soc_source},
          {"os", system.os},
          {"kernel", system.kernel},
          {"c_library", system.c_library},
          {"architecture", system.architecture},
          {"cores", std::move(cores)},
          {"features", system.features},
          {"memory_bytes", system.memory_bytes},
          {"available_bytes", system.available_bytes}};
}

Json library_object(const LibraryFacts& library, const Spell& spell) {
  return {{"kind", name_of(library.kind)},
          {"name", library.name},
          {"state", name_of(library.state)},
          {"path", library.path},
          {"version", library.version},
          {"message", spell(library.message)},
          {"missing_required", library.missing_required},
          {"missing_optional", library.missing_optional},
          {"devices", library.devices},
          {"l1_kb", optional(library.l1_kb)},
          {"seconds", library.seconds},
          {"call", library.call},
          {"answer", optional(library.answer)},
          {"call_message", spell(library.call_message)},
          {"shares_memory", optional(library.shares_memory)},
          {"simulation", library.simulation}};
}

Json file_object(const FileFacts& file, const Spell& spell) {
  return {{"name", file.name},
          {"role", file.role},
          {"graph", file.graph},
          {"compiled_as", file.compiled_as},
          {"soc", file.soc},
          {"tool", file.tool},
          {"bytes", file.bytes},
          {"major", optional(file.major)},
          {"is_partial", file.is_partial},
          {"forbids_bridges", file.forbids_bridges},
          {"state", name_of(file.state)},
          {"seconds", file.seconds},
          {"answer", file.answer},
          {"message", spell(file.message)}};
}

Json bundle_object(const BundleFacts& bundle, const Spell& spell) {
  Json files = Json::array(), sources = Json::array();
  for (const FileFacts& file : bundle.files) files.push_back(file_object(file, spell));
  for (const SourceFacts& source : bundle.sources) {
    sources.push_back({{"name", source.name},
                       {"graph", source.graph},
                       {"operators", source.operators},
                       {"quantized_tensors", source.quantized_tensors}});
  }
  return {{"folder", bundle.folder},
          {"model", bundle.model},
          {"damage", spell(bundle.damage)},
          {"files", std::move(files)},
          {"sources", std::move(sources)}};
}

Json graph_object(const GraphFacts& facts) {
  return {{"state", name_of(facts.state)},
          {"seconds", facts.seconds},
          {"answer", facts.answer},
          {"message", facts.message}};
}

/// Names come from files and libraries and may hold bytes that are no UTF-8; JSON cannot.
std::string written(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string report_json(const Report& report, const OptionSpelling& spelling) {
  const Spell spell = [&](std::string_view text) { return spell_options(text, spelling); };
  Json libraries = Json::array(), nodes = Json::array(), findings = Json::array();
  for (const LibraryFacts& library : report.libraries) {
    libraries.push_back(library_object(library, spell));
  }
  for (const NodeFacts& node : report.nodes) {
    nodes.push_back(
        {{"path", node.path}, {"state", name_of(node.state)}, {"message", node.message}});
  }
  for (const Diagnosis& finding : report.findings) {
    findings.push_back({{"what", finding.what},
                        {"state", name_of(finding.state)},
                        {"sentence", spell(finding.sentence)},
                        {"remedy", spell(finding.remedy)}});
  }
  const Json json{
      {"format", "sotto doctor"},
      {"version", 1},
      {"program_version", report.program_version},
      {"simulation", report.simulation},
      {"passed", report.passed()},
      {"system", system_object(report.system)},
      {"libraries", std::move(libraries)},
      {"nodes", std::move(nodes)},
      {"bundle", report.bundle ? bundle_object(*report.bundle, spell) : Json()},
      {"self_test", report.self_test ? self_test_object(*report.self_test, spelling) : Json()},
      {"findings", std::move(findings)}};
  return written(json, 2) + "\n";
}

std::string library_line(const LibraryFacts& facts) {
  return written(library_object(facts, as_it_is), -1);
}

std::string graph_line(const GraphFacts& facts) { return written(graph_object(facts), -1); }

}  // namespace sotto

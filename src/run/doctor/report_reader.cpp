#include <array>

#include "core/base/error.h"
#include "core/json/json_document.h"
#include "run/doctor/report_json.h"
#include "run/self_test/json_fields.h"
#include "run/self_test/self_test_json.h"

namespace sotto {
namespace {

using Json = nlohmann::json;

constexpr JsonRules kRules{.what = "a report of `sotto doctor`",
                           .most_bytes = std::size_t{4} << 20};

/// The one of an enumeration's values that has this name.
template <class Value, std::size_t N>
Value value_named(const std::string& name, const std::array<Value, N>& values,
                  const std::string& source) {
  for (const Value value : values) {
    if (name == name_of(value)) return value;
  }
  fail(ErrorKind::format, source, ": expected a state or kind that Sotto knows, found another");
}

LibraryKind library_kind(const std::string& name, const std::string& source) {
  return value_named(
      name,
      std::array{LibraryKind::adapter, LibraryKind::runtime, LibraryKind::stable_delegate,
                 LibraryKind::litert, LibraryKind::service},
      source);
}
LibraryState library_state(const std::string& name, const std::string& source) {
  return value_named(name,
                     std::array{LibraryState::loaded, LibraryState::absent, LibraryState::refused,
                                LibraryState::crashed, LibraryState::stalled},
                     source);
}
NodeState node_state(const std::string& name, const std::string& source) {
  return value_named(
      name, std::array{NodeState::works, NodeState::absent, NodeState::denied, NodeState::failed},
      source);
}
FileState file_state(const std::string& name, const std::string& source) {
  return value_named(name,
                     std::array{FileState::loaded, FileState::refused, FileState::crashed,
                                FileState::stalled, FileState::not_tried},
                     source);
}
State state(const std::string& name, const std::string& source) {
  return value_named(name, std::array{State::ok, State::note, State::problem}, source);
}

SystemFacts system_from(const Json& object, const std::string& source) {
  const JsonFields fields(object, source);
  SystemFacts system;
  system.board = fields.text("board");
  system.soc = fields.text("soc");
  system.soc_source = fields.text("soc_source");
  system.os = fields.text("os");
  system.kernel = fields.text("kernel");
  system.c_library = fields.text("c_library");
  system.architecture = fields.text("architecture");
  for (const Json& one : fields.list("cores")) {
    const JsonFields core(one, source);
    system.cores.push_back({core.text("name"), core.count("count")});
  }
  system.features = fields.texts("features");
  system.memory_bytes = fields.count("memory_bytes");
  system.available_bytes = fields.count("available_bytes");
  return system;
}

LibraryFacts library_from(const Json& object, const std::string& source) {
  const JsonFields fields(object, source);
  LibraryFacts library;
  library.kind = library_kind(fields.text("kind"), source);
  library.name = fields.text("name");
  library.state = library_state(fields.text("state"), source);
  library.path = fields.text("path");
  library.version = fields.text("version");
  library.message = fields.text("message");
  library.missing_required = fields.texts("missing_required");
  library.missing_optional = fields.texts("missing_optional");
  library.devices = fields.texts("devices");
  if (fields.has("l1_kb")) library.l1_kb = fields.count("l1_kb");
  library.seconds = fields.number("seconds");
  library.call = fields.text("call");
  if (fields.has("answer")) library.answer = integer_of(object, "answer", source);
  library.call_message = fields.text("call_message");
  if (fields.has("shares_memory")) library.shares_memory = fields.truth("shares_memory");
  library.simulation = fields.truth("simulation");
  return library;
}

FileFacts file_from(const Json& object, const std::string& source) {
  const JsonFields fields(object, source);
  FileFacts file;
  file.name = fields.text("name");
  file.role = fields.text("role");
  file.graph = fields.text("graph");
  file.compiled_as = fields.text("compiled_as");
  file.soc = fields.text("soc");
  file.tool = fields.text("tool");
  file.bytes = fields.count("bytes");
  if (fields.has("major")) file.major = fields.count("major");
  file.is_partial = fields.truth("is_partial");
  file.forbids_bridges = fields.truth("forbids_bridges");
  file.state = file_state(fields.text("state"), source);
  file.seconds = fields.number("seconds");
  file.answer = fields.text("answer");
  file.message = fields.text("message");
  return file;
}

BundleFacts bundle_from(const Json& object, const std::string& source) {
  const JsonFields fields(object, source);
  BundleFacts bundle;
  bundle.folder = fields.text("folder");
  bundle.model = fields.text("model");
  bundle.damage = fields.text("damage");
  for (const Json& file : fields.list("files")) bundle.files.push_back(file_from(file, source));
  for (const Json& one : fields.list("sources")) {
    const JsonFields graph(one, source);
    bundle.sources.push_back({graph.text("name"), graph.text("graph"), graph.count("operators"),
                              graph.count("quantized_tensors")});
  }
  return bundle;
}

void check_header(const JsonFields& fields, const std::string& source) {
  if (fields.text("format") != "sotto doctor" || fields.count("version") != 1) {
    fail(ErrorKind::format, source, ": expected a report of `sotto doctor` of version 1, found ",
         "another");
  }
}

Json parse_line(std::string_view line, const std::string& source) {
  return parse_json(std::as_bytes(std::span(line.data(), line.size())), source, kRules);
}

}  // namespace

Report parse_report(std::span<const std::byte> bytes, const std::string& source) {
  const Json json = parse_json(bytes, source, kRules);
  const JsonFields fields(json, source);
  check_header(fields, source);
  Report report;
  report.program_version = fields.text("program_version");
  report.simulation = fields.truth("simulation");
  report.system = system_from(fields.at("system"), source);
  for (const Json& library : fields.list("libraries")) {
    report.libraries.push_back(library_from(library, source));
  }
  for (const Json& one : fields.list("nodes")) {
    const JsonFields node(one, source);
    report.nodes.push_back(
        {node.text("path"), node_state(node.text("state"), source), node.text("message")});
  }
  if (fields.has("bundle")) report.bundle = bundle_from(fields.at("bundle"), source);
  if (fields.has("self_test")) report.self_test = self_test_of(fields.at("self_test"), source);
  for (const Json& one : fields.list("findings")) {
    const JsonFields finding(one, source);
    report.findings.push_back({finding.text("what"), state(finding.text("state"), source),
                               finding.text("sentence"), finding.text("remedy")});
  }
  return report;
}

LibraryFacts parse_library_line(std::string_view line, const std::string& source) {
  return library_from(parse_line(line, source), source);
}

GraphFacts parse_graph_line(std::string_view line, const std::string& source) {
  const Json json = parse_line(line, source);
  const JsonFields fields(json, source);
  return {file_state(fields.text("state"), source), fields.number("seconds"), fields.text("answer"),
          fields.text("message")};
}

}  // namespace sotto

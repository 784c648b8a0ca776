#include "doctor_text.h"

#include <cmath>
#include <filesystem>
#include <vector>

#include "core/base/error.h"
#include "run/doctor/known_socs.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += concat(text.empty() ? "" : ", ", word);
  return text;
}

/// "2 x Cortex-A78, 6 x Cortex-A55".
std::string cores_text(const SystemFacts& system) {
  std::vector<std::string> kinds;
  for (const CoreKind& kind : system.cores) kinds.push_back(concat(kind.count, " x ", kind.name));
  return joined(kinds);
}

std::string system_text(const Report& report) {
  const SystemFacts& system = report.system;
  Table table({"This device", report.simulation ? "SIMULATION: no board" : ""});
  const auto add = [&](const char* label, const std::string& value) {
    if (!value.empty()) table.add({label, value});
  };
  add("board", system.board);
  add("SoC", system.soc.empty() ? "none of MediaTek's" : shown_soc(system.soc));
  add("processors", cores_text(system));
  add("features", joined(system.features));
  add("memory", concat(byte_size(static_cast<double>(system.memory_bytes)), ", ",
                       byte_size(static_cast<double>(system.available_bytes)), " available"));
  add("system", system.os);
  add("kernel", concat(system.kernel, system.architecture.empty() ? "" : " ", system.architecture));
  add("C library", system.c_library);
  return table.text();
}

std::string libraries_text(const Report& report) {
  Table table({"Library", "State", "Version", "Path"});
  std::size_t absent = 0;
  for (const LibraryFacts& library : report.libraries) {
    if (library.state == LibraryState::absent && library.path.empty()) {
      ++absent;
    } else {
      table.add({std::filesystem::path(library.name).filename().string(),
                 std::string(name_of(library.state)), library.version, library.path});
    }
  }
  const std::string rest =
      absent == 0 ? "" : concat("absent: ", absent, " others of the vendor's names\n");
  return absent == report.libraries.size() ? rest : concat(table.text(), rest);
}

std::string nodes_text(const Report& report) {
  Table table({"Device file", "State"});
  for (const NodeFacts& node : report.nodes) {
    table.add({node.path, std::string(name_of(node.state))});
  }
  return table.text();
}

std::string files_text(const BundleFacts& bundle) {
  if (bundle.files.empty()) return concat("\n", bundle.folder, " has no compiled files\n");
  Table table({"Compiled file", ">Size", "For", "By", "State", ">Load"});
  for (const FileFacts& file : bundle.files) {
    const bool is_loaded = file.state == FileState::loaded;
    table.add({file.name, byte_size(static_cast<double>(file.bytes)), file.soc, file.tool,
               std::string(name_of(file.state)),
               is_loaded ? concat(fixed(file.seconds, 2), " s") : ""});
  }
  return concat('\n', table.text());
}

std::string findings_text(const Report& report) {
  std::string text;
  std::size_t problems = 0;
  for (const Diagnosis& finding : report.findings) {
    if (finding.state == State::problem) ++problems;
    std::string state(name_of(finding.state));
    state.resize(9, ' ');
    text += concat(state, shown_on_a_line(with_flags(finding.sentence)), '\n');
    if (!finding.remedy.empty()) {
      text += concat("         > ", shown_on_a_line(with_flags(finding.remedy)), '\n');
    }
  }
  return concat(text, problems == 0   ? std::string("\nNo problem found.\n")
                      : problems == 1 ? std::string("\n1 problem found.\n")
                                      : concat('\n', problems, " problems found.\n"));
}

}  // namespace

std::string self_test_text(const SelfTest& test) {
  Table table({"Operation", "Shapes", "Result", ">Of the bound", ">Compile", ">Run"});
  for (const OperationResult& result : test.results) {
    const bool is_compared = result.verdict == Verdict::right || result.verdict == Verdict::wrong;
    const double difference = std::abs(result.found - result.expected);
    const std::string share = result.bound > 0 ? fixed(difference / result.bound, 2)
                              : difference > 0 ? "beyond"
                                               : "exact";
    const auto milliseconds = [&](double seconds) {
      return is_compared ? concat(fixed(seconds * 1000, 1), " ms") : "";
    };
    table.add({result.operation, result.description,
               result.answer.empty() ? std::string(name_of(result.verdict)) : result.answer,
               is_compared ? share : "", milliseconds(result.compile_seconds),
               milliseconds(result.run_seconds)});
  }
  return concat(table.text(), test.results.size(), " operations in ", fixed(test.seconds, 1),
                " s: ", test.count(Verdict::right), " right, ", test.count(Verdict::wrong),
                " wrong, ", test.count(Verdict::refused), " refused, ", test.count(Verdict::failed),
                " failed, ", test.count(Verdict::untested), " untested",
                test.simulation ? " (simulation)" : "", '\n');
}

std::string report_text(const Report& report) {
  std::string text =
      concat(system_text(report), '\n', libraries_text(report), '\n', nodes_text(report));
  if (report.bundle && report.bundle->damage.empty()) text += files_text(*report.bundle);
  if (report.self_test) text += concat('\n', self_test_text(*report.self_test));
  return concat(text, '\n', findings_text(report));
}

}  // namespace sotto::cli

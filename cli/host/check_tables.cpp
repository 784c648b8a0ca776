#include "host/check_tables.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "shown.h"
#include "table.h"

namespace sotto::cli {

namespace {

// Findings that say the same more often than this are one line, with the first places.
constexpr std::size_t kMostIllegalAlone = 10, kMostNotesAlone = 1;
constexpr std::size_t kPlacesShown = 5;

std::string graph_name(const CheckedFile& file, const GraphReport& graph) {
  if (file.report.graphs.size() == 1) return shown_on_a_line(file.name);
  return concat(shown_on_a_line(file.name), ": ", printable(graph.name));
}

std::string title(const Target& target) {
  std::string text(target.name);
  std::string about(target.marketing);
  if (!target.generation.empty()) about += concat(about.empty() ? "" : ", ", target.generation);
  return about.empty() ? text : concat(text, " (", about, ")");
}

std::string toolchain_text(const ToolchainSet& toolchains) {
  if (toolchains.ncc && toolchains.litert) return "ncc-tflite and LiteRT's plugin";
  return toolchains.ncc ? "ncc-tflite" : "LiteRT's plugin";
}

std::string verdict(const GraphReport& graph) {
  const std::size_t illegal = graph.illegal();
  return illegal == 0 ? "legal" : concat(illegal, " illegal");
}

std::string graph_table(const std::vector<CheckedFile>& files) {
  Table table({"graph", "held to", ">ops", ">of at most", ">multiply-adds", ">weights", ">boundary",
               ">estimate", "verdict"});
  constexpr double kGiga = 1e9, kMilli = 1e3;
  for (const CheckedFile& file : files) {
    for (const GraphReport& graph : file.report.graphs) {
      const TfliteCost& cost = graph.cost;
      table.add({graph_name(file, graph), toolchain_text(file.toolchains),
                 std::to_string(graph.operators), std::to_string(kOperatorBudget),
                 fixed(static_cast<double>(cost.multiply_adds) / kGiga, 3) + " G",
                 byte_size(static_cast<double>(cost.constant_bytes)),
                 byte_size(static_cast<double>(cost.boundary_bytes)),
                 graph.seconds ? fixed(*graph.seconds * kMilli, 1) + " ms" : "-", verdict(graph)});
    }
  }
  return table.text();
}

using Group = std::vector<const Finding*>;

/// Findings of a kind that say the same, in the order in which they first turn up.
std::vector<Group> groups_of(const std::vector<Finding>& findings, Finding::Kind kind) {
  std::vector<Group> groups;
  std::map<std::pair<std::string, std::string>, std::size_t> numbers;
  for (const Finding& finding : findings) {
    if (finding.kind != kind) continue;
    const auto [entry, is_new] =
        numbers.try_emplace({finding.reason, finding.remedy}, groups.size());
    if (is_new) groups.emplace_back();
    groups[entry->second].push_back(&finding);
  }
  return groups;
}

std::string place(const Finding& finding) {
  if (!finding.operation) return "the graph";
  std::string text =
      concat("operator ", *finding.operation, ", ", printable(finding.operator_name));
  if (!finding.tensor.empty()) text += concat(", \"", printable(finding.tensor), "\"");
  return text;
}

std::string places(const Group& group) {
  std::string text = concat(group.size(), " places (operators ");
  const std::size_t shown = std::min(group.size(), kPlacesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    text += concat(i == 0 ? "" : ", ", group[i]->operation.value_or(0));
  }
  return text + (shown < group.size() ? ", …)" : ")");
}

std::string line(const std::string& where, const Finding& finding) {
  const bool illegal = finding.kind == Finding::Kind::illegal;
  return concat("  ", illegal ? "illegal" : "note", ": ", where, ": ",
                shown_on_a_line(with_flags(finding.reason)), "; ", with_flags(finding.remedy),
                "\n");
}

std::string finding_lines(const std::vector<Finding>& findings, Finding::Kind kind) {
  const bool illegal = kind == Finding::Kind::illegal;
  const std::size_t most_alone = illegal ? kMostIllegalAlone : kMostNotesAlone;
  std::string text;
  for (const Group& group : groups_of(findings, kind)) {
    if (group.size() > most_alone) {
      text += line(places(group), *group.front());
    } else {
      for (const Finding* finding : group) text += line(place(*finding), *finding);
    }
  }
  return text;
}

std::string mdlas(const Target& target) {
  return target.ncc && target.ncc->num_mdla > 0 ? std::to_string(target.ncc->num_mdla) : "";
}

/// Targets of which the same is known share a line.
std::string evidence_lines() {
  std::string text;
  std::string names;
  const auto all = targets();
  for (std::size_t i = 0; i < all.size(); ++i) {
    names += concat(names.empty() ? "  " : ", ", all[i].name);
    if (i + 1 < all.size() && all[i + 1].evidence == all[i].evidence) continue;
    text += concat(names, ": ", all[i].refusal, all[i].refusal.empty() ? "" : ": ", all[i].evidence,
                   "\n");
    names.clear();
  }
  return text;
}

}  // namespace

std::string check_text(const Target& target, const std::vector<CheckedFile>& files) {
  std::string text = concat("Check for ", title(target), "\n", graph_table(files));
  text += target.speed ? "Estimates are fitted to published figures of one chip, MT8371 "
                         "(docs/targets.md); measure on the device.\n"
                       : concat(
                             "No figures of a device are public from which to estimate times "
                             "for ",
                             target.name, ".\n");
  for (const CheckedFile& file : files) {
    for (const GraphReport& graph : file.report.graphs) {
      if (graph.findings.empty()) continue;
      text += concat("\n", graph_name(file, graph), "\n",
                     finding_lines(graph.findings, Finding::Kind::illegal),
                     finding_lines(graph.findings, Finding::Kind::note));
    }
  }
  return text;
}

std::string targets_text() {
  Table table({"target", "chip", "NPU", ">MDLAs", "ncc-tflite --arch", "LiteRT", "estimates"});
  for (const Target& target : targets()) {
    const bool usable = target.refusal.empty();
    table.add({std::string(target.name), std::string(target.marketing),
               std::string(target.generation), mdlas(target),
               std::string(target.ncc ? target.ncc->arch : ""), std::string(target.litert_soc),
               usable ? target.speed ? "yes" : "" : "refused"});
  }
  return concat(table.text(), "\nWhat is known, and what is inferred\n", evidence_lines());
}

}  // namespace sotto::cli

#include <nlohmann/json.hpp>

#include "host/check_tables.h"
#include "shown.h"

namespace sotto::cli {

namespace {

using Json = nlohmann::ordered_json;

/// Names come from files and may hold bytes that are no UTF-8; JSON cannot.
std::string written(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json toolchain_list(const ToolchainSet& toolchains) {
  Json list = Json::array();
  if (toolchains.ncc) list.push_back("ncc");
  if (toolchains.litert) list.push_back("litert");
  return list;
}

Json finding_object(const Finding& finding) {
  const bool illegal = finding.kind == Finding::Kind::illegal;
  Json json = {{"kind", illegal ? "illegal" : "note"}};
  if (finding.operation) {
    json["operator"] = *finding.operation;
    json["operator_name"] = finding.operator_name;
    json["tensor"] = finding.tensor;
  }
  json["reason"] = with_flags(finding.reason);
  json["remedy"] = with_flags(finding.remedy);
  return json;
}

Json graph_object(const CheckedFile& file, const GraphReport& graph) {
  Json findings = Json::array();
  for (const Finding& finding : graph.findings) findings.push_back(finding_object(finding));
  return {{"file", file.name},
          {"graph", graph.name},
          {"toolchains", toolchain_list(file.toolchains)},
          {"legal", graph.illegal() == 0},
          {"operators", graph.operators},
          {"operator_budget", kOperatorBudget},
          {"multiply_adds", graph.cost.multiply_adds},
          {"constant_bytes", graph.cost.constant_bytes},
          {"boundary_bytes", graph.cost.boundary_bytes},
          {"estimated_seconds", graph.seconds ? Json(*graph.seconds) : Json()},
          {"findings", std::move(findings)}};
}

Json ncc_object(const std::optional<Target::Ncc>& ncc) {
  if (!ncc) return nullptr;
  return {{"arch", ncc->arch}, {"l1_size_kb", ncc->l1_size_kb}, {"num_mdla", ncc->num_mdla}};
}

Json target_object(const Target& target) {
  return {{"name", target.name},
          {"marketing", target.marketing},
          {"generation", target.generation},
          {"refusal", target.refusal},
          {"ncc", ncc_object(target.ncc)},
          {"litert_soc", target.litert_soc},
          {"estimates", target.speed.has_value()},
          {"evidence", target.evidence}};
}

}  // namespace

std::string check_json(const Target& target, const std::vector<CheckedFile>& files) {
  Json graphs = Json::array();
  bool passed = true;
  for (const CheckedFile& file : files) {
    passed = passed && file.report.passed();
    for (const GraphReport& graph : file.report.graphs) {
      graphs.push_back(graph_object(file, graph));
    }
  }
  return written({{"target", target.name}, {"passed", passed}, {"graphs", std::move(graphs)}});
}

std::string targets_json() {
  Json list = Json::array();
  for (const Target& target : targets()) list.push_back(target_object(target));
  return written(list);
}

}  // namespace sotto::cli

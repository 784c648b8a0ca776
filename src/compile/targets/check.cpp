#include "compile/targets/check.h"

#include <algorithm>
#include <set>
#include <utility>

#include "compile/targets/roofline.h"
#include "compile/targets/tensor_rules.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::int32_t kCustom = 32, kGelu = 150;

/// Holds one graph to the rules and notes down what it finds.
class GraphChecker {
 public:
  GraphChecker(const TfliteSubgraph& graph, const Roads& roads, GraphReport& report)
      : graph_(graph), roads_(roads), report_(report) {}

  void check() {
    check_count();
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      check_operator(i);
      for (const std::int32_t tensor : graph_.operators[i].inputs) check_tensor(i, tensor);
      for (const std::int32_t tensor : graph_.operators[i].outputs) check_tensor(i, tensor);
    }
  }

 private:
  void add(Finding finding) { report_.findings.push_back(std::move(finding)); }

  void check_count() {
    const std::size_t count = graph_.operators.size();
    if (count <= kComfortableOperators) return;
    Finding finding;
    const bool too_many = count > kOperatorBudget;
    finding.kind = too_many ? Finding::Kind::illegal : Finding::Kind::note;
    finding.reason = too_many ? concat(count, " operators, and compilers have given up at about ",
                                       kOperatorBudget)
                              : concat(count, " operators come near the ", kOperatorBudget,
                                       " at which compilers have given up");
    finding.remedy = "cut the graph into several, each of which runs by itself";
    add(std::move(finding));
  }

  [[nodiscard]] Finding about(std::size_t index) const {
    const TfliteOperator& op = graph_.operators[index];
    Finding finding;
    finding.operation = index;
    finding.operator_name = operator_name(op);
    if (!op.outputs.empty()) {
      finding.tensor = graph_.tensors[static_cast<std::size_t>(op.outputs[0])].name;
    }
    return finding;
  }

  void check_operator(std::size_t index) {
    const TfliteOperator& op = graph_.operators[index];
    Finding finding = about(index);
    auto objection = op.code == kCustom ? object_to_custom_operator(finding.operator_name, roads_)
                                        : object_to_operator(finding.operator_name, roads_);
    if (objection) {
      finding.reason = std::move(objection->reason);
      finding.remedy = std::move(objection->remedy);
      add(std::move(finding));
    } else if (op.code == kGelu && !op.approximate_gelu) {
      finding.kind = Finding::Kind::note;
      finding.reason = "exact GELU, for which the NPU's compilers take the tanh form";
      finding.remedy = "expect results that differ by up to 0.0005, or export the tanh form";
      add(std::move(finding));
    }
  }

  /// Each tensor once, with the first operator that has to do with it.
  void check_tensor(std::size_t index, std::int32_t number) {
    if (number < 0 || !seen_.insert(number).second) return;
    const TfliteTensor& tensor = graph_.tensors[static_cast<std::size_t>(number)];
    for (auto objection : {object_to_tensor(tensor, roads_), object_to_values(tensor)}) {
      if (!objection) continue;
      Finding finding = about(index);
      finding.tensor = tensor.name;
      finding.reason =
          concat(tensor.constant ? "a constant " : "a value ", "that ", objection->reason);
      finding.remedy = std::move(objection->remedy);
      add(std::move(finding));
    }
  }

  const TfliteSubgraph& graph_;
  const Roads& roads_;
  GraphReport& report_;
  std::set<std::int32_t> seen_;
};

GraphReport check_graph(const TfliteSubgraph& graph, const Target& target, const Roads& roads) {
  GraphReport report;
  report.name = graph.name;
  report.operators = graph.operators.size();
  report.cost = tflite_cost(graph);
  if (target.speed) {
    const Work work{report.cost.multiply_adds, report.cost.constant_bytes_on_npu,
                    report.cost.boundary_bytes};
    report.seconds = estimate_seconds(work, *target.speed);
  }
  GraphChecker(graph, roads, report).check();
  return report;
}

}  // namespace

std::size_t GraphReport::illegal() const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const Finding& finding) { return finding.kind == Finding::Kind::illegal; }));
}

bool CheckReport::passed() const {
  return std::all_of(graphs.begin(), graphs.end(),
                     [](const GraphReport& graph) { return graph.illegal() == 0; });
}

CheckReport check_model(const TfliteModel& model, const Target& target, Road road) {
  const Roads roads = roads_for(target, road);
  CheckReport report;
  for (const TfliteSubgraph& graph : model.subgraphs) {
    report.graphs.push_back(check_graph(graph, target, roads));
  }
  return report;
}

}  // namespace sotto

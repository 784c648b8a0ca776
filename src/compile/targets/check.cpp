#include "compile/targets/check.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "compile/targets/roofline.h"
#include "compile/targets/tensor_rules.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::int32_t kCustom = 32, kGelu = 150;

/// Where a graph is called.
enum class Place { by_itself, in_composite };

std::optional<Objection> object_to(const TfliteOperator& op, const ToolchainSet& toolchains) {
  const std::string name = operator_name(op);
  return op.code == kCustom ? object_to_custom_operator(name, toolchains)
                            : object_to_operator(name, toolchains);
}

/// Holds one graph to the rules and notes down what it finds.
class GraphChecker {
 public:
  GraphChecker(const TfliteSubgraph& graph, Place place, const Target& target,
               const ToolchainSet& toolchains, GraphReport& report)
      : graph_(graph), place_(place), target_(target), toolchains_(toolchains), report_(report) {}

  void check() {
    check_count();
    note_unread();
    for (std::size_t i = 0; i < graph_.operators.size(); ++i) {
      check_operator(i);
      for (const std::int32_t tensor : graph_.operators[i].inputs) check_weights(i, tensor);
      for (const std::int32_t tensor : graph_.operators[i].inputs) check_tensor(i, tensor);
      for (const std::int32_t tensor : graph_.operators[i].outputs) check_tensor(i, tensor);
    }
  }

 private:
  void add(Finding finding) { report_.findings.push_back(std::move(finding)); }

  void add(Finding finding, Objection objection) {
    finding.reason = std::move(objection.reason);
    finding.remedy = std::move(objection.remedy);
    add(std::move(finding));
  }

  /// What is said of a tensor at the operator that has to do with it.
  void add_tensor(std::size_t index, const TfliteTensor& tensor, Finding::Kind kind,
                  Objection objection) {
    Finding finding = about(index);
    finding.kind = kind;
    finding.tensor = tensor.name;
    objection.reason =
        concat(tensor.constant ? "a constant " : "a value ", "that ", objection.reason);
    add(std::move(finding), std::move(objection));
  }

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

  void note_unread() {
    std::set<std::string> names;
    for (const TfliteOperator& op : graph_.operators) {
      const std::string name = tflite_operator_name(op.code);
      if (is_unread(name, toolchains_)) names.insert(name);
    }
    if (names.empty()) return;
    std::string list;
    for (const std::string& name : names) list += concat(list.empty() ? "" : ", ", name);
    Finding finding;
    finding.kind = Finding::Kind::note;
    finding.reason = concat("of MediaTek's public list for MDLA 3.0 only the part up to POW could ",
                            "be read; that the NPU has ", list, " is taken from MDLA 5.3");
    finding.remedy =
        "try the compiler early: MediaTek answers for transformer models from MDLA 5 on";
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
    if (op.composite) {
      check_composite(std::move(finding), *op.composite);
      return;
    }
    if (auto objection = object_to(op, toolchains_)) {
      add(std::move(finding), std::move(*objection));
      return;
    }
    note_doubt(finding);
    if (op.code != kGelu || op.approximate_gelu) return;
    finding.kind = Finding::Kind::note;
    add(std::move(finding),
        {"exact GELU, for which the NPU's compilers take the tanh form",
         "expect results that differ by up to 0.0005, or export the tanh form"});
  }

  void note_doubt(Finding finding) {
    auto doubt = doubt_operator(finding.operator_name, toolchains_);
    if (!doubt) return;
    finding.kind = Finding::Kind::note;
    add(std::move(finding), std::move(*doubt));
  }

  void check_composite(Finding finding, const TfliteComposite& composite) {
    if (auto objection = object_to_composite(composite, toolchains_)) {
      add(std::move(finding), std::move(*objection));
      return;
    }
    if (is_taken_whole(composite, toolchains_)) {
      note_doubt(std::move(finding));
      return;
    }
    if (place_ == Place::in_composite) {
      add(std::move(finding), {"LiteRT's plugin does not know the composite, and LiteRT does not "
                               "write out what stands in the graph of another",
                               "write the composite's own operators in its place"});
      return;
    }
    finding.kind = Finding::Kind::note;
    add(std::move(finding), {"a composite that LiteRT's plugin does not know: LiteRT puts the "
                             "operators of its graph in its place",
                             "look at what is said of that graph"});
  }

  void check_weights(std::size_t index, std::int32_t number) {
    if (number < 0) return;
    const TfliteTensor& tensor = graph_.tensors[static_cast<std::size_t>(number)];
    const std::string name = operator_name(graph_.operators[index]);
    if (auto objection = object_to_scales(tensor, name, toolchains_)) {
      add_tensor(index, tensor, Finding::Kind::illegal, std::move(*objection));
    }
  }

  /// Each tensor once, with the first operator that has to do with it.
  void check_tensor(std::size_t index, std::int32_t number) {
    if (number < 0 || !seen_.insert(number).second) return;
    const TfliteTensor& tensor = graph_.tensors[static_cast<std::size_t>(number)];
    for (auto objection : {object_to_tensor(tensor, toolchains_), object_to_values(tensor)}) {
      if (!objection) continue;
      add_tensor(index, tensor, Finding::Kind::illegal, std::move(*objection));
    }
    if (toolchains_.litert && tensor.scales > 1 && !target_.scales_by_channel.empty()) {
      add_tensor(index, tensor, Finding::Kind::note,
                 {concat("has a scale a channel: ", target_.scales_by_channel),
                  "quantize with one scale for the whole tensor, or try the compiler early"});
    }
  }

  const TfliteSubgraph& graph_;
  Place place_;
  const Target& target_;
  const ToolchainSet& toolchains_;
  GraphReport& report_;
  std::set<std::int32_t> seen_;
};

GraphReport check_graph(const TfliteSubgraph& graph, Place place, const Target& target,
                        const ToolchainSet& toolchains) {
  GraphReport report;
  report.name = graph.name;
  report.operators = graph.operators.size();
  report.cost = tflite_cost(graph);
  if (target.speed) {
    const Work work{report.cost.multiply_adds, report.cost.constant_bytes_on_npu,
                    report.cost.boundary_bytes};
    report.seconds = estimate_seconds(work, *target.speed);
  }
  GraphChecker(graph, place, target, toolchains, report).check();
  return report;
}

/// Graphs that are called otherwise than by composites.
std::vector<std::size_t> roots(const TfliteModel& model) {
  std::set<std::size_t> behind;
  for (const TfliteSubgraph& graph : model.subgraphs) {
    for (const TfliteOperator& op : graph.operators) {
      if (op.composite) behind.insert(op.composite->decomposition);
    }
  }
  behind.erase(0);
  for (const TfliteSignature& signature : model.signatures) behind.erase(signature.subgraph);
  std::vector<std::size_t> roots;
  for (std::size_t i = 0; i < model.subgraphs.size(); ++i) {
    if (!behind.contains(i)) roots.push_back(i);
  }
  return roots;
}

/// Graphs that a compiler gets to see, not those behind composites that it takes whole; each with
/// where.
std::map<std::size_t, Place> seen_graphs(const TfliteModel& model, const ToolchainSet& toolchains) {
  std::map<std::size_t, Place> seen;
  std::vector<std::size_t> open = roots(model);
  for (const std::size_t root : open) seen[root] = Place::by_itself;
  while (!open.empty()) {
    const TfliteSubgraph& graph = model.subgraphs[open.back()];
    open.pop_back();
    for (const TfliteOperator& op : graph.operators) {
      if (!op.composite || is_taken_whole(*op.composite, toolchains)) continue;
      const std::size_t behind = op.composite->decomposition;
      if (seen.insert_or_assign(behind, Place::in_composite).second) open.push_back(behind);
    }
  }
  return seen;
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

CheckReport check_model(const TfliteModel& model, const Target& target, ToolchainName toolchain) {
  const ToolchainSet toolchains = toolchains_for(target, toolchain);
  CheckReport report;
  for (const auto& [graph, place] : seen_graphs(model, toolchains)) {
    report.graphs.push_back(check_graph(model.subgraphs[graph], place, target, toolchains));
  }
  return report;
}

}  // namespace sotto

#include <map>
#include <utility>

#include "core/base/error.h"
#include "core/tflite/tflite_cost.h"
#include "run/inspector/inspect_parts.h"

namespace sotto {

namespace {

std::vector<GraphInfo::Port> ports(const TfliteSubgraph& graph,
                                   const std::vector<std::int32_t>& tensors) {
  std::vector<GraphInfo::Port> ports;
  ports.reserve(tensors.size());
  for (const std::int32_t index : tensors) {
    const TfliteTensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
    ports.push_back({tensor.name, tensor.shape, std::string(to_string(tensor.type))});
  }
  return ports;
}

GraphInfo describe(const TfliteSubgraph& graph) {
  GraphInfo info;
  info.name = graph.name;
  info.inputs = ports(graph, graph.inputs);
  info.outputs = ports(graph, graph.outputs);
  const TfliteCost cost = tflite_cost(graph);
  info.cost = {cost.multiply_adds, cost.constant_bytes, cost.activation_bytes};
  for (const auto* tensors : {&graph.inputs, &graph.outputs}) {
    for (const std::int32_t index : *tensors) {
      const TfliteTensor& tensor = graph.tensors[static_cast<std::size_t>(index)];
      info.add_boundary(tensor.name, bytes_of(tensor));
    }
  }
  std::map<std::string, std::int64_t> counts;
  for (const TfliteOperator& op : graph.operators) ++counts[operator_name(op)];
  info.op_counts = most_frequent_first(counts);
  return info;
}

using NamedTensors = std::vector<std::pair<std::string, std::int32_t>>;

std::string names(const NamedTensors& tensors) {
  std::string text;
  for (const auto& [name, index] : tensors) text += concat(text.empty() ? "" : ", ", name);
  return text;
}

}  // namespace

void inspect_tflite(Inspection& inspection) {
  const TfliteModel model = read_tflite(inspection.path);
  inspection.kind = "TFLite model";
  if (!model.description.empty()) inspection.facts.emplace_back("description", model.description);
  for (const TfliteSignature& signature : model.signatures) {
    inspection.facts.emplace_back(
        concat("signature ", signature.key),
        concat(names(signature.inputs), " -> ", names(signature.outputs)));
  }
  std::string metadata;
  for (const std::string& name : model.metadata) {
    metadata += concat(metadata.empty() ? "" : ", ", name);
  }
  if (!metadata.empty()) inspection.facts.emplace_back("metadata", metadata);
  for (const TfliteSubgraph& graph : model.subgraphs) inspection.graphs.push_back(describe(graph));
}

}  // namespace sotto

#include <nlohmann/json.hpp>

#include "core/base/option.h"
#include "run/inspector/inspection.h"

namespace sotto {

namespace {

using Json = nlohmann::ordered_json;

Json dims_object(const WhisperDims& dims) {
  Json json = Json::object();
  for (const DimField& field : dim_fields()) json[std::string(field.name)] = dims.*field.member;
  return json;
}

Json tensor_list(const std::vector<TensorInfo>& tensors) {
  Json json = Json::array();
  for (const TensorInfo& tensor : tensors) {
    json.push_back({{"name", tensor.name},
                    {"dtype", std::string(to_string(tensor.dtype))},
                    {"shape", tensor.shape}});
  }
  return json;
}

Json port_list(const std::vector<GraphInfo::Port>& ports) {
  Json json = Json::array();
  for (const auto& port : ports) {
    Json entry = {{"name", port.name}, {"shape", port.shape}};
    if (!port.type.empty()) entry["dtype"] = port.type;
    json.push_back(std::move(entry));
  }
  return json;
}

Json graph_object(const GraphInfo& graph) {
  Json ops = Json::object();
  for (const auto& [name, count] : graph.op_counts) ops[name] = count;
  Json json = {{"name", graph.name},
               {"inputs", port_list(graph.inputs)},
               {"outputs", port_list(graph.outputs)},
               {"ops", std::move(ops)},
               {"multiply_adds", graph.cost.multiply_adds},
               {"constant_bytes", graph.cost.constant_bytes},
               {"activation_bytes", graph.cost.activation_bytes}};
  json["boundary_bytes"] = graph.boundary_bytes;
  json["resident_bytes"] = graph.resident_bytes;
  return json;
}

Json file_list(const std::vector<FileRecord>& files) {
  Json json = Json::array();
  for (const FileRecord& file : files) {
    json.push_back(
        {{"role", file.role}, {"name", file.name}, {"bytes", file.bytes}, {"sha256", file.sha256}});
  }
  return json;
}

}  // namespace

std::string inspection_json(const Inspection& inspection) {
  Json json = {
      {"path", inspection.path.string()}, {"kind", inspection.kind}, {"bytes", inspection.bytes}};
  Json facts = Json::object();
  for (const auto& [label, value] : inspection.facts) facts[label] = spell_options(value);
  if (!facts.empty()) json["facts"] = std::move(facts);
  if (inspection.dims) json["dims"] = dims_object(*inspection.dims);
  if (!inspection.size_name.empty()) json["size"] = inspection.size_name;
  if (!inspection.tensors.empty()) {
    json["parameters"] = inspection.parameters;
    json["tensors"] = tensor_list(inspection.tensors);
  }
  Json graphs = Json::array();
  for (const GraphInfo& graph : inspection.graphs) graphs.push_back(graph_object(graph));
  if (!graphs.empty()) json["graphs"] = std::move(graphs);
  if (!inspection.files.empty()) json["files"] = file_list(inspection.files);
  // Names come from the file and may hold bytes that are no UTF-8; JSON cannot.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sotto

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "run/inspector/inspection.h"

namespace sotto::test {
namespace {

using Json = nlohmann::json;

TEST(InspectionJson, LeavesOutWhatAFileDoesNotHave) {
  Inspection inspection;
  inspection.path = "some.json";
  inspection.kind = "JSON file";
  inspection.bytes = 12;
  inspection.facts = {{"a", "1"}};
  EXPECT_EQ(Json::parse(inspection_json(inspection)),
            Json::parse(R"({"path": "some.json", "kind": "JSON file", "bytes": 12,
                            "facts": {"a": "1"}})"));
}

TEST(InspectionJson, HasEverythingOfAModel) {
  Inspection inspection;
  inspection.path = "base.pt";
  inspection.kind = "OpenAI checkpoint";
  inspection.dims = WhisperDims{80, 1500, 512, 8, 6, 51865, 448, 512, 8, 6};
  inspection.size_name = "base";
  inspection.parameters = 6;
  inspection.tensors = {{"a", DType::float16, {2, 3}}};
  GraphInfo graph;
  graph.name = "Encoder";
  graph.inputs = {{"mel", {1, 80, 3000}}};
  graph.outputs = {{"out", {1}, "int8"}};
  graph.op_counts = {{"linear", 3}, {"add", 1}};
  graph.cost.multiply_adds = 7;
  graph.boundary_bytes = 5;
  graph.resident_bytes = 4;
  inspection.graphs = {graph};
  FileRecord file;
  file.role = "encoder";
  file.name = "encoder.pt";
  file.bytes = 9;
  file.sha256 = "ab";
  inspection.files = {file};
  const Json json = Json::parse(inspection_json(inspection));
  EXPECT_EQ(json["size"], "base");
  EXPECT_EQ(json["dims"]["n_vocab"], 51865);
  EXPECT_EQ(json["dims"].size(), dim_fields().size());
  EXPECT_EQ(json["parameters"], 6);
  EXPECT_EQ(json["tensors"],
            Json::parse(R"([{"name": "a", "dtype": "float16", "shape": [2, 3]}])"));
  const Json& shown = json["graphs"][0];
  EXPECT_EQ(shown["inputs"], Json::parse(R"([{"name": "mel", "shape": [1, 80, 3000]}])"));
  EXPECT_EQ(shown["outputs"], Json::parse(R"([{"name": "out", "shape": [1], "dtype": "int8"}])"));
  EXPECT_EQ(shown["ops"], Json::parse(R"({"linear": 3, "add": 1})"));
  EXPECT_EQ(shown["multiply_adds"], 7);
  EXPECT_EQ(shown["boundary_bytes"], 5);
  EXPECT_EQ(shown["resident_bytes"], 4);
  EXPECT_EQ(json["files"][0]["sha256"], "ab");
}

/// Names come from the file.
TEST(InspectionJson, HoldsAnyBytes) {
  Inspection inspection;
  inspection.path = "x";
  inspection.facts = {{"name", "\xff\n\""}};
  EXPECT_EQ(Json::parse(inspection_json(inspection))["facts"]["name"], "\xEF\xBF\xBD\n\"");
}

}  // namespace
}  // namespace sotto::test

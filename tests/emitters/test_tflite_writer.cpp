#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <optional>

#include "compile/emitters/tflite/model_draft.h"
#include "compile/emitters/tflite/tflite_writer.h"
#include "core/base/error.h"
#include "core/base/float16.h"
#include "core/tflite/tflite_model.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

class VectorSink : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }
  [[nodiscard]] TfliteModel parse() const { return parse_tflite(bytes_, "made", nullptr); }

 private:
  std::vector<std::byte> bytes_;
};

std::vector<float> counted(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 1.0F);
  return values;
}

/// input [1, 2, 3] → fully connected to 4, scaled → softmax.
Graph small_graph() {
  Graph graph("Small");
  const ValueId input = graph.add_input("input", {1, 2, 3});
  const ValueId weight = graph.add_constant("weight", own_values({4, 3}, counted(12)));
  const ValueId bias = graph.add_constant("bias", own_values({4}, counted(4)));
  const ValueId sum = graph.add("sum", op::FullyConnected{input, weight, bias, 0.5F});
  graph.add_output(graph.add("output", op::Softmax{sum}));
  return graph;
}

const TfliteTensor& tensor(const TfliteModel& model, const std::string& name) {
  for (const TfliteTensor& one : model.subgraphs.at(0).tensors) {
    if (one.name == name) return one;
  }
  throw Error(ErrorKind::not_found, name);
}

std::vector<float> floats(const TfliteTensor& tensor) {
  std::vector<float> values(tensor.constant->size() / sizeof(float));
  std::memcpy(values.data(), tensor.constant->data(), tensor.constant->size());
  return values;
}

TEST(TfliteWriter, SaysWhatTheGraphSays) {
  VectorSink sink;
  write_tflite(small_graph(), WeightType::float32, sink);
  const TfliteModel model = sink.parse();
  ASSERT_EQ(model.subgraphs.size(), 1U);
  const TfliteSubgraph& graph = model.subgraphs.front();
  EXPECT_EQ(graph.name, "Small");
  ASSERT_EQ(graph.operators.size(), 2U);
  EXPECT_EQ(operator_name(graph.operators[0]), "FULLY_CONNECTED");
  EXPECT_EQ(operator_name(graph.operators[1]), "SOFTMAX");
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].key, "serving_default");
  EXPECT_EQ(model.signatures[0].inputs[0].first, "input");
  EXPECT_EQ(model.signatures[0].outputs[0].first, "output");
  EXPECT_EQ(tensor(model, "output").shape, (Shape{1, 2, 4}));
  EXPECT_THAT(model.metadata, testing::ElementsAre("min_runtime_version"));
}

TEST(TfliteWriter, MultipliesAFactorIntoTheStoredWeights) {
  VectorSink sink;
  write_tflite(small_graph(), WeightType::float32, sink);
  const TfliteModel model = sink.parse();
  std::vector<float> halves = counted(12);
  for (float& value : halves) value *= 0.5F;
  EXPECT_EQ(floats(tensor(model, "weight.times_0.5")), halves);
  EXPECT_EQ(floats(tensor(model, "bias.times_0.5")), (std::vector<float>{0.5F, 1, 1.5F, 2}));
}

TEST(TfliteWriter, WidensMatricesOfHalfPrecisionInTheFile) {
  VectorSink sink;
  write_tflite(small_graph(), WeightType::float16, sink);
  const TfliteModel model = sink.parse();
  EXPECT_EQ(operator_name(model.subgraphs[0].operators[0]), "DEQUANTIZE");
  const TfliteTensor& half = tensor(model, "weight.times_0.5.float16");
  EXPECT_EQ(half.type, tflite::TensorType::float16);
  std::uint16_t last = 0;
  std::memcpy(&last, half.constant->data() + half.constant->size() - 2, 2);
  EXPECT_EQ(float16_to_float32(last), 6.0F);
  EXPECT_EQ(tensor(model, "bias.times_0.5").type, tflite::TensorType::float32);
}

TEST(TfliteWriter, AlignsWeightsForThoseWhoMapThem) {
  VectorSink sink;
  write_tflite(small_graph(), WeightType::float32, sink);
  const TfliteModel model = sink.parse();
  for (const char* name : {"weight.times_0.5", "bias.times_0.5"}) {
    const auto place = tensor(model, name).constant->data() - sink.bytes().data();
    EXPECT_EQ(place % 64, 0) << name;
  }
}

TEST(TfliteWriter, WritesTheSameBytesEveryTime) {
  VectorSink first, second;
  write_tflite(small_graph(), WeightType::float16, first);
  write_tflite(small_graph(), WeightType::float16, second);
  EXPECT_EQ(first.bytes(), second.bytes());
}

TEST(TfliteWriter, SharesTheWeightsOfGraphsInOneFile) {
  const TensorView weight = own_values({4, 3}, counted(12));
  const auto scaled = [&](const char* name, std::int64_t rows) {
    Graph graph(name);
    const ValueId input = graph.add_input("input", {1, rows, 3});
    const ValueId matrix = graph.add_constant("weight", weight);
    graph.add_output(graph.add("output", op::FullyConnected{input, matrix, std::nullopt, 1.0F}));
    return graph;
  };
  const Graph one = scaled("One", 1), many = scaled("Many", 5);
  const std::vector<SignedGraph> graphs{{"step", &one}, {"prefill", &many}};
  VectorSink sink;
  write_tflite(graphs, "both", WeightType::float32, sink);
  const TfliteModel model = sink.parse();
  ASSERT_EQ(model.subgraphs.size(), 2U);
  ASSERT_EQ(model.signatures.size(), 2U);
  EXPECT_EQ(model.signatures[0].key, "step");
  EXPECT_EQ(model.signatures[1].key, "prefill");
  EXPECT_EQ(model.signatures[1].subgraph, 1U);
  EXPECT_EQ(model.subgraphs[1].name, "Many");
  const auto constant = [&](std::size_t graph) {
    const auto& tensors = model.subgraphs[graph].tensors;
    return std::find_if(tensors.begin(), tensors.end(),
                        [](const TfliteTensor& tensor) { return tensor.name == "weight"; })
        ->constant->data();
  };
  EXPECT_EQ(constant(0), constant(1));
  EXPECT_EQ(weight_bytes(graphs, WeightType::float32), 48U);
}

// What files beyond 2 GB do, in one of a few bytes.
TEST(ModelDraft, KeepsWeightsBehindTheFlatbufferWhereOffsetsEnd) {
  ModelDraft draft(ModelDraft::Weights::behind);
  const std::int32_t input = draft.add_tensor("input", {1, 3});
  const std::int32_t weight =
      draft.add_constant("weight", {1, 3}, {own_values({1, 3}, counted(3)), 2.0F, DType::float32});
  const std::int32_t output = draft.add_tensor("output", {1, 3});
  draft.add_operator(
      {18, 1}, {input, weight}, output,
      {tflite::BuiltinOptions::MulOptions, tflite::CreateMulOptions(draft.builder()).Union()});
  VectorSink sink;
  draft.end_graph({"Behind", "serving_default", {{"input", input}}, {{"output", output}}});
  draft.finish("Behind", sink);
  const TfliteModel model = sink.parse();
  EXPECT_EQ(floats(tensor(model, "weight")), (std::vector<float>{2, 4, 6}));
  const auto* buffer = tflite::GetModel(sink.bytes().data())->buffers()->Get(1);
  EXPECT_EQ(buffer->data(), nullptr);
  EXPECT_GT(buffer->offset(), 1U);
  EXPECT_EQ(buffer->size(), 12U);
}

TEST(TfliteWriter, RefusesWhatLoweringShouldHaveReplaced) {
  Graph graph("Raw");
  const ValueId input = graph.add_input("input", {2, 2});
  graph.add_output(graph.add("scaled", op::Scale{input, 2.0F}));
  VectorSink sink;
  EXPECT_THAT(test::refusal_of([&] { write_tflite(graph, WeightType::float32, sink); }),
              testing::HasSubstr("scale scaled"));
  EXPECT_TRUE(sink.bytes().empty());
}

TEST(TfliteWriter, RefusesInputsOfIntegers) {
  Graph graph("Integers");
  const ValueId input = graph.add_input("input", {2}, DType::int32);
  const ValueId floats = graph.add_input("floats", {2});
  graph.add_output(graph.add("output", op::Softmax{floats}));
  (void)input;
  VectorSink sink;
  EXPECT_THROW(write_tflite(graph, WeightType::float32, sink), Error);
}

}  // namespace
}  // namespace sotto

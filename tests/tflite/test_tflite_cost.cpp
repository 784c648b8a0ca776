#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "core/tflite/tflite_cost.h"
#include "tflite/raw_tflite.h"

namespace sotto::test {
namespace {

constexpr std::int32_t kConv2d = 3, kDepthwise = 4, kFullyConnected = 9, kTransposeConv = 67,
                       kBatchMatmul = 126;
using Dims = std::vector<std::int32_t>;

TfliteCost cost_of(const RawTflite& file) {
  const std::string bytes = file.bytes();
  const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "t.tflite", nullptr);
  return tflite_cost(model.subgraphs.at(0));
}

/// The multiply-adds of one operator between tensors of these shapes.
std::int64_t adds(std::int32_t code, const std::vector<Dims>& inputs, const Dims& output,
                  bool adj_x = false) {
  TfliteSubgraph graph;
  const auto add = [&](const Dims& shape) {
    TfliteTensor tensor;
    tensor.shape = {shape.begin(), shape.end()};
    graph.tensors.push_back(tensor);
    return static_cast<std::int32_t>(graph.tensors.size() - 1);
  };
  TfliteOperator op;
  op.code = code;
  op.adj_x = adj_x;
  for (const Dims& shape : inputs) op.inputs.push_back(add(shape));
  op.outputs = {add(output)};
  graph.operators = {op};
  return tflite_cost(graph).multiply_adds;
}

TEST(TfliteCost, CountsMultiplyAdds) {
  EXPECT_EQ(adds(kFullyConnected, {{1, 5, 4}, {3, 4}}, {1, 5, 3}), 5 * 3 * 4);
  EXPECT_EQ(adds(kBatchMatmul, {{2, 5, 4}, {2, 4, 7}}, {2, 5, 7}), 2 * 5 * 7 * 4);
  EXPECT_EQ(adds(kBatchMatmul, {{2, 4, 5}, {2, 4, 7}}, {2, 5, 7}, true), 2 * 5 * 7 * 4);
  EXPECT_EQ(adds(kConv2d, {{1, 1, 12, 80}, {512, 1, 3, 80}}, {1, 1, 10, 512}), 10 * 512 * 3 * 80);
  EXPECT_EQ(adds(kDepthwise, {{1, 8, 8, 6}, {1, 3, 3, 6}}, {1, 6, 6, 6}), 6 * 6 * 6 * 9);
  EXPECT_EQ(adds(kTransposeConv, {{4}, {6, 2, 2, 3}, {1, 4, 4, 3}}, {1, 8, 8, 6}),
            4 * 4 * 3 * 6 * 2 * 2);
  EXPECT_EQ(adds(0, {{1, 5}, {1, 5}}, {1, 5}), 0);  // ADD
}

TEST(TfliteCost, CountsNothingForOperatorsOfImpossibleShapes) {
  EXPECT_EQ(adds(kConv2d, {{1, 1, 12, 80}, {512}}, {1, 1, 10, 512}), 0);
  EXPECT_EQ(adds(kFullyConnected, {{1, 5, 4}}, {1, 5, 3}), 0);
  EXPECT_EQ(adds(kBatchMatmul, {{4}, {4}}, {1}), 0);
}

TEST(TfliteCost, StaysAtTheLargestNumber) {
  constexpr std::int32_t kBig = 0x7fffffff;
  EXPECT_EQ(adds(kFullyConnected, {{1, kBig}, {kBig, kBig}}, {kBig, kBig}),
            std::numeric_limits<std::int64_t>::max());
}

TEST(TfliteCost, CountsBytes) {
  RawTflite file = small_tflite();
  const TfliteCost cost = cost_of(file);
  EXPECT_EQ(cost.multiply_adds, 5 * 3 * 4 + 5 * 5 * 3);
  EXPECT_EQ(cost.constant_bytes, (12 + 3) * 4);
  EXPECT_EQ(cost.constant_bytes_on_npu, (12 + 3) * 2);
  EXPECT_EQ(cost.boundary_bytes, (5 * 4 + 5 * 5) * 4);
  EXPECT_EQ(cost.activation_bytes, (15 + 15 + 25) * 4);
  // A second tensor on the same bytes adds none.
  file.add_tensor({"again", {3, 4}, tflite::TensorType::float32, file.tensors[1].buffer});
  EXPECT_EQ(cost_of(file).constant_bytes, (12 + 3) * 4);
}

}  // namespace
}  // namespace sotto::test

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "backends/loaded_part.h"
#include "backends/plain_ops.h"
#include "compile/passes/passes.h"
#include "core/base/float16.h"

namespace sotto::test {
namespace {

double half(double value) {
  return static_cast<double>(float16_to_float32(float32_to_float16(static_cast<float>(value))));
}

PlainTensor halves(PlainTensor tensor) {
  for (double& value : tensor.values) value = half(value);
  return tensor;
}

/// What a graph of one input computes on hardware that keeps every value in half precision.
PlainTensor run_in_half(const Graph& graph, const PlainTensor& input) {
  std::vector<PlainTensor> values(graph.values().size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Value& value = graph.values()[i];
    if (!value.constant) continue;
    const auto constant = to_float32(*value.constant);
    values[i] = halves({value.shape, {constant.begin(), constant.end()}});
  }
  values[graph.inputs().front().index] = halves(input);
  for (const Node& node : graph.nodes()) {
    std::vector<PlainTensor> operands_of_node;
    for (const ValueId id : operands(node.op)) operands_of_node.push_back(values[id.index]);
    values[node.output.index] = halves(compute_plainly(node.op, operands_of_node));
  }
  return values[graph.outputs().front().index];
}

constexpr std::int64_t kWidth = 512;

Graph layer_norm_graph() {
  Graph graph("Norm");
  const ValueId x = graph.add_input("x", {1, 1, kWidth});
  const ValueId weight =
      graph.add_constant("weight", own_values({kWidth}, std::vector<float>(kWidth, 1.0F)));
  const ValueId bias =
      graph.add_constant("bias", own_values({kWidth}, std::vector<float>(kWidth, 0.0F)));
  graph.add_output(graph.add("y", op::LayerNorm{x, weight, bias}));
  return graph;
}

/// A row of noise of this size with one element that sticks out.
PlainTensor row(double noise, double outlier, double mean) {
  PlainTensor x{{1, 1, kWidth}, std::vector<double>(kWidth)};
  const auto random = random_values(kWidth, 9);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    x.values[i] = mean + noise * static_cast<double>(random[i]);
  }
  x.values[100] = mean + outlier;
  return x;
}

struct Row {
  std::string name;
  double noise, outlier, mean;
};

class HalfPrecisionNorm : public testing::TestWithParam<Row> {};

TEST_P(HalfPrecisionNorm, IsFiniteAndRight) {
  const Graph graph = layer_norm_graph();
  const auto& [name, noise, outlier, mean] = GetParam();
  // What half precision can hold of the row is what the answer is about.
  const PlainTensor x = halves(row(noise, outlier, mean));
  const PlainTensor expected = run_plainly(graph, {x}).front();
  const PlainTensor found = run_in_half(lower_layer_norm(graph), x);
  double largest = 0.0, difference = 0.0;
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_TRUE(std::isfinite(found.values[i]));
    largest = std::max(largest, std::abs(expected.values[i]));
    difference = std::max(difference, std::abs(found.values[i] - expected.values[i]));
  }
  EXPECT_LE(difference, 4e-3 * largest);  // eight roundings of 2^-11
  RecordProperty("relative", std::to_string(difference / largest));
}

INSTANTIATE_TEST_SUITE_P(
    Rows, HalfPrecisionNorm,
    testing::Values(Row{"usual", 1.0, 1.0, 0.1}, Row{"outlier", 1.0, 60.0, 0.0},
                    Row{"far_outlier", 2.0, 1500.0, 0.0}, Row{"below", 2.0, -1500.0, 0.0},
                    Row{"wide", 1500.0, 1500.0, 0.0}, Row{"small", 0.05, 0.05, 0.0}),
    [](const auto& tested) { return tested.param.name; });

TEST(LowerLayerNorm, MakesZerosOfAConstantRowInHalfPrecision) {
  const PlainTensor found = run_in_half(lower_layer_norm(layer_norm_graph()), row(0.0, 0.0, 7.0));
  for (const double value : found.values) EXPECT_EQ(value, 0.0);
}

TEST(LowerLayerNorm, TheFormThatPapersWriteOverflows) {
  EXPECT_TRUE(std::isinf(half(1500.0 * 1500.0)));  // why there is another one
}

TEST(LowerLinear, KeepsAScaleThatIsNotAloneOrNotALinears) {
  Graph graph("Scales");
  const ValueId x = graph.add_input("x", {1, 2, 3});
  const ValueId weight = graph.add_constant("weight", own_values({4, 3}, random_values(12, 1)));
  const ValueId y = graph.add("y", op::Linear{x, weight, std::nullopt});
  graph.add_output(graph.add("scaled", op::Scale{y, 0.25F}));
  graph.add_output(y);
  graph.add_output(graph.add("twice", op::Scale{x, 2.0F}));
  const Graph lowered = lower_linear(graph);
  const PlainTensor input = to_plain(random_tensor({1, 2, 3}, 5));
  const auto expected = run_plainly(graph, {input}), found = run_plainly(lowered, {input});
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(found[i].values, expected[i].values);
}

TEST(LowerConvolution, PadsAsFarAsItsStepsReach) {
  for (const std::int64_t frames : {1, 2, 7, 8, 9}) {
    for (const std::int64_t stride : {1, 2, 3}) {
      for (const std::int64_t padding : {0, 1, 2}) {
        if (frames + 2 * padding < 3) continue;
        Graph graph("Convolution");
        const ValueId x = graph.add_input("x", {1, 4, frames});
        const ValueId weight =
            graph.add_constant("weight", own_values({5, 4, 3}, random_values(60, 2)));
        const ValueId bias = graph.add_constant("bias", own_values({5}, random_values(5, 3)));
        graph.add_output(graph.add("y", op::Conv1d{x, weight, bias, stride, padding}));
        const PlainTensor input = to_plain(random_tensor({1, 4, frames}, 4));
        const auto expected = run_plainly(graph, {input}).front();
        const auto found = run_plainly(lower_convolution(graph), {input}).front();
        ASSERT_EQ(found.shape, expected.shape);
        for (std::size_t i = 0; i < found.values.size(); ++i) {
          ASSERT_NEAR(found.values[i], expected.values[i], 1e-12);
        }
      }
    }
  }
}

TEST(ApproximateGelu, StaysWithinHalfAThousandth) {
  Graph graph("Gelu");
  graph.add_output(graph.add("y", op::Gelu{graph.add_input("x", {200})}));
  PlainTensor x{{200}, {}};
  for (int i = 0; i < 200; ++i) x.values.push_back((i - 100) / 20.0);
  const auto exact = run_plainly(graph, {x}).front();
  const auto tanh = run_plainly(approximate_gelu(graph), {x}).front();
  double largest = 0.0;
  for (std::size_t i = 0; i < exact.values.size(); ++i) {
    largest = std::max(largest, std::abs(exact.values[i] - tanh.values[i]));
  }
  EXPECT_LE(largest, 5e-4);
  EXPECT_GE(largest, 1e-4);  // it is another function
}

TEST(MergeViews, LeavesNothingOfViewsThatUndoEachOther) {
  Graph graph("Views");
  ValueId x = graph.add_input("x", {2, 3, 4});
  x = graph.add("there", op::Transpose{x, {2, 0, 1}});
  x = graph.add("back", op::Transpose{x, {1, 2, 0}});
  x = graph.add("flat", op::Reshape{x, {24}});
  x = graph.add("again", op::Reshape{x, {2, 3, 4}});
  graph.add_output(graph.add("y", op::Gelu{x}));
  EXPECT_EQ(merge_views(graph).nodes().size(), 1U);
}

TEST(MoveViews, LeavesAViewWhereOthersReadIt) {
  Graph graph("Shared");
  const ValueId x = graph.add_input("x", {2, 3});
  const ValueId turned = graph.add("turned", op::Transpose{x, {1, 0}});
  graph.add_output(graph.add("y", op::Gelu{turned}));
  graph.add_output(turned);
  EXPECT_EQ(to_string(move_views(graph)), to_string(graph));
}

TEST(FixLengths, CutsTablesThatAreLongerThanTheSequence) {
  Graph graph("Take");
  const ValueId x = graph.add_input("x", {1, 3, 2});
  graph.set_variable_axis({x, 1});
  const ValueId table = graph.add_constant("table", own_values({5, 5}, random_values(25, 6)));
  const ValueId rows = graph.add("rows", op::TakeLike{table, x, 0, 1});
  graph.add_output(
      graph.add("square", op::Reshape{graph.add("both", op::TakeLike{rows, x, 1, 1}), {9}}));
  const Graph fixed = fix_lengths(graph);
  EXPECT_EQ(fixed.nodes().size(), 1U);  // the Reshape: the rest is constant
  const PlainTensor input = to_plain(random_tensor({1, 3, 2}, 7));
  EXPECT_EQ(run_plainly(fixed, {input}).front().values, run_plainly(graph, {input}).front().values);
}

}  // namespace
}  // namespace sotto::test

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "core/base/error.h"
#include "core/graph/graph.h"
#include "support/expect_error.h"

namespace sotto {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TensorView zeros(Shape shape) {
  const auto count = static_cast<std::size_t>(num_elements(shape));
  return own_values(std::move(shape), std::vector<float>(count));
}

op::CachedAttention cached_attention(std::int64_t heads) { return {{}, {}, {}, {}, {}, {}, heads}; }

op::KeepRows keep_rows(std::int64_t heads) { return {{}, {}, {}, heads, op::KeepRows::Kind::keys}; }
op::WindowAttention window_attention(std::int64_t heads) { return {{}, {}, {}, {}, heads}; }

TEST(ShapeInference, GivesTheShapesOfTheFormulas) {
  EXPECT_EQ(infer_shape(op::Conv1d{{}, {}, {}, 2, 1}, {{1, 80, 3000}, {512, 80, 3}, {512}}),
            (Shape{1, 512, 1500}));
  EXPECT_EQ(infer_shape(op::Linear{{}, {}, std::nullopt}, {{1, 7, 4}, {9, 4}}), (Shape{1, 7, 9}));
  EXPECT_EQ(infer_shape(op::MatMul{}, {{1, 8, 5, 64}, {1, 8, 64, 9}}), (Shape{1, 8, 5, 9}));
  EXPECT_EQ(infer_shape(op::Transpose{{}, {0, 2, 1}}, {{1, 2, 3}}), (Shape{1, 3, 2}));
  EXPECT_EQ(infer_shape(op::TakeLike{{}, {}, 1, 0}, {{4, 9}, {5, 2}}), (Shape{4, 5}));
  EXPECT_EQ(infer_shape(op::Add{}, {{1, 3, 4}, {3, 4}}), (Shape{1, 3, 4}));
  EXPECT_EQ(infer_shape(keep_rows(2), {{1, 7, 8}, {5, 7, 8}, {1}}), Shape{1});
  EXPECT_EQ(infer_shape(window_attention(2), {{1, 3, 8}, {5, 7, 8}, {5, 7, 8}, {3}}),
            (Shape{1, 3, 8}));
  EXPECT_EQ(infer_shape(cached_attention(2),
                        {{1, 3, 8}, {1, 3, 8}, {1, 3, 8}, {5, 9, 8}, {5, 9, 8}, {3, 9}}),
            (Shape{1, 3, 8}));
}

TEST(ShapeInference, RefusesWhatDoesNotFit) {
  const std::vector<std::pair<Op, std::vector<Shape>>> misfits{
      {op::Conv1d{{}, {}, {}, 1, 0}, {{1, 80, 2}, {512, 80, 3}, {512}}},
      {op::Conv1d{{}, {}, {}, 1, 1}, {{1, 81, 20}, {512, 80, 3}, {512}}},
      {op::Conv1d{{}, {}, {}, 0, 1}, {{1, 80, 20}, {512, 80, 3}, {512}}},
      {op::Linear{{}, {}, ValueId{}}, {{1, 4}, {9, 4}, {8}}},
      {op::MatMul{}, {{2, 3, 4}, {1, 4, 3}}},
      {op::MatMul{}, {{3, 4}, {3, 4}}},
      {op::LayerNorm{}, {{3, 4}, {3}, {3}}},
      {op::Add{}, {{3, 4}, {4, 3}}},
      {op::Add{}, {{4}, {3, 4}}},
      {op::Reshape{{}, {5}}, {{3, 4}}},
      {op::Reshape{{}, {-1, 4}}, {{3, 4}}},
      {op::Transpose{{}, {0, 0}}, {{3, 4}}},
      {op::Transpose{{}, {0}}, {{3, 4}}},
      {op::TakeLike{{}, {}, 0, 0}, {{3, 4}, {5}}},
      {op::TakeLike{{}, {}, 2, 0}, {{3, 4}, {1}}},
      {cached_attention(3), {{1, 3, 8}, {1, 3, 8}, {1, 3, 8}, {5, 9, 8}, {5, 9, 8}, {3, 9}}},
      {cached_attention(2), {{1, 3, 8}, {1, 4, 8}, {1, 3, 8}, {5, 9, 8}, {5, 9, 8}, {3, 9}}},
      {cached_attention(2), {{1, 3, 8}, {1, 3, 8}, {1, 3, 8}, {5, 9, 8}, {4, 9, 8}, {3, 9}}},
      {cached_attention(2), {{1, 3, 8}, {1, 3, 8}, {1, 3, 8}, {5, 9, 6}, {5, 9, 6}, {3, 9}}},
      {cached_attention(2), {{1, 3, 8}, {1, 3, 8}, {1, 3, 8}, {5, 9, 8}, {5, 9, 8}, {3, 8}}},
      {keep_rows(3), {{1, 7, 8}, {5, 7, 8}, {1}}},
      {keep_rows(2), {{1, 7, 8}, {5, 6, 8}, {1}}},
      {keep_rows(2), {{1, 7, 8}, {5, 7, 8}, {2}}},
      {keep_rows(2), {{2, 7, 8}, {5, 7, 8}, {1}}},
      {window_attention(3), {{1, 3, 8}, {5, 7, 8}, {5, 7, 8}, {3}}},
      {window_attention(2), {{1, 3, 8}, {5, 7, 8}, {5, 6, 8}, {3}}},
      {window_attention(2), {{1, 3, 8}, {5, 7, 8}, {4, 7, 8}, {3}}},
      {window_attention(2), {{1, 3, 8}, {5, 7, 6}, {5, 7, 6}, {3}}},
      {window_attention(2), {{1, 3, 8}, {5, 7, 8}, {5, 7, 8}, {2}}},
  };
  for (const auto& [op, shapes] : misfits) {
    EXPECT_THROW((void)infer_shape(op, shapes), Error) << op_name(op) << attributes(op);
  }
}

TEST(Graph, NamesTheNodeThatDoesNotFit) {
  Graph graph("Small");
  const ValueId x = graph.add_input("x", {1, 4});
  const ValueId w = graph.add_constant("w", zeros({3, 5}));
  EXPECT_EQ(test::refusal_of([&] {
              graph.add("y", op::Linear{x, w, std::nullopt});
            }),
            "graph Small, node y (linear): expected […, I] and [O, I], found [1, 4] and [3, 5]");
}

TEST(Graph, PrintsWhatItHolds) {
  Graph graph("Small");
  const ValueId x = graph.add_input("x", {2, 4});
  const ValueId w = graph.add_constant("w", zeros({3, 4}));
  const ValueId y = graph.add("y", op::Linear{x, w, std::nullopt});
  graph.add_output(graph.add("z", op::Scale{y, 0.5F}));
  verify(graph);
  EXPECT_EQ(to_string(graph),
            "graph Small {\n"
            "  input x: float32[2, 4]\n"
            "  constant w: float32[3, 4]\n"
            "  y: [2, 3] = linear(x, w)\n"
            "  z: [2, 3] = scale(y) factor=0.5\n"
            "  return z\n"
            "}\n");
  EXPECT_EQ(cost(graph).multiply_adds, 2 * 3 * 4);
  EXPECT_EQ(cost(graph).constant_bytes, 3 * 4 * 4);
  EXPECT_EQ(cost(graph).activation_bytes, 2 * 2 * 3 * 4);
}

TEST(Verify, RefusesAnIllFormedGraph) {
  Graph nameless("G");
  nameless.add_output(nameless.add_input("", {1}));
  EXPECT_THAT(test::refusal_of([&] { verify(nameless); }), HasSubstr("a name of its own"));

  Graph twice("G");
  twice.add_output(twice.add_input("x", {1}));
  twice.add_input("x", {2});
  EXPECT_THAT(test::refusal_of([&] { verify(twice); }), HasSubstr("\"x\""));

  Graph endless("G");
  endless.add_input("x", {1});
  EXPECT_THAT(test::refusal_of([&] { verify(endless); }), HasSubstr("no output"));

  Graph stranger("G");
  EXPECT_THROW(stranger.add_output(ValueId{3}), Error);
}

class CacheTest : public testing::Test {
 protected:
  ValueId attend(ValueId slots) {
    return graph_.add("mixed", op::CachedAttention{x_, x_, x_, keys_, values_, slots, 2});
  }

  Graph graph_{"G"};
  ValueId x_ = graph_.add_input("x", {1, 3, 8});
  ValueId keys_ = graph_.add_input("keys", {1, 9, 8});
  ValueId values_ = graph_.add_input("values", {1, 9, 8});
};

TEST_F(CacheTest, IsStateAndItsTablesAreIntegers) {
  const ValueId slots = graph_.add_input("slots", {3, 9}, DType::int32);
  graph_.add_output(attend(slots));
  verify(graph_);
  EXPECT_THAT(state_inputs(graph_), ElementsAre(false, true, true, false, false));
  EXPECT_THAT(to_string(graph_), HasSubstr("  input slots: int32[3, 9]\n"
                                           "  mixed: [1, 3, 8] = cached_attention(x, x, x, keys, "
                                           "values, slots) heads=2\n"));
  EXPECT_EQ(cost(graph_).multiply_adds, 2 * 3 * 8 * 9);
}

TEST_F(CacheTest, VariesWithItsTables) {
  const ValueId slots = graph_.add_input("slots", {3, 9}, DType::int32);
  const ValueId mixed = attend(slots);
  graph_.set_variable_axis({x_, 1});
  EXPECT_THROW((void)variable_axes(graph_), Error);
  graph_.tie_to_variable_axis({slots, 0});
  EXPECT_THAT(variable_axes(graph_)[mixed.index], ElementsAre(1));
}

TEST_F(CacheTest, RefusesTablesOfFloats) {
  graph_.add_output(attend(graph_.add_input("slots", {3, 9})));
  EXPECT_THAT(test::refusal_of([&] { verify(graph_); }), HasSubstr("mixed to read int32"));
}

TEST_F(CacheTest, RefusesIntegersElsewhere) {
  const ValueId whole = graph_.add_input("whole", {3}, DType::int32);
  graph_.add_output(graph_.add("y", op::Scale{whole, 2.0F}));
  EXPECT_THAT(test::refusal_of([&] { verify(graph_); }), HasSubstr("y to read floats"));
}

TEST_F(CacheTest, RefusesACacheThatSomethingElseReads) {
  graph_.add_output(attend(graph_.add_input("slots", {3, 9}, DType::int32)));
  graph_.add_output(graph_.add("y", op::Scale{keys_, 2.0F}));
  EXPECT_THAT(test::refusal_of([&] { verify(graph_); }), HasSubstr("the cache keys"));
}

class WindowsTest : public testing::Test {
 protected:
  ValueId keep(ValueId window) {
    return graph_.add("kept", op::KeepRows{x_, keys_, window, 2, op::KeepRows::Kind::keys});
  }
  ValueId attend(ValueId windows) {
    return graph_.add("mixed", op::WindowAttention{x_, keys_, values_, windows, 2});
  }

  Graph graph_{"G"};
  ValueId x_ = graph_.add_input("x", {1, 9, 8});
  ValueId keys_ = graph_.add_input("keys", {1, 9, 8});
  ValueId values_ = graph_.add_input("values", {1, 9, 8});
};

TEST_F(WindowsTest, AreStateOfTheGraphThatKeepsThem) {
  const ValueId window = graph_.add_input("window", {1}, DType::int32);
  graph_.add_output(keep(window));
  graph_.add_output(
      graph_.add("kept too", op::KeepRows{x_, values_, window, 2, op::KeepRows::Kind::values}));
  verify(graph_);
  EXPECT_THAT(state_inputs(graph_), ElementsAre(false, true, true, false, false, false));
  EXPECT_THAT(to_string(graph_), HasSubstr("  kept: [1] = keep_keys(x, keys, window) heads=2\n"
                                           "  kept too: [1] = keep_values(x, values, window) "
                                           "heads=2\n"));
  EXPECT_EQ(cost(graph_).multiply_adds, 0);
}

TEST_F(WindowsTest, AreStateOfTheGraphThatReadsThem) {
  graph_.add_output(attend(graph_.add_input("windows", {9}, DType::int32)));
  verify(graph_);
  EXPECT_THAT(state_inputs(graph_), ElementsAre(false, true, true, false, false));
  EXPECT_THAT(to_string(graph_),
              HasSubstr("  mixed: [1, 9, 8] = window_attention(x, keys, values, windows) heads=2"));
  EXPECT_EQ(cost(graph_).multiply_adds, 2 * 9 * 8 * 9);
}

TEST_F(WindowsTest, VaryWithTheirRows) {
  const ValueId windows = graph_.add_input("windows", {9}, DType::int32);
  const ValueId mixed = attend(windows);
  graph_.set_variable_axis({x_, 1});
  EXPECT_THROW((void)variable_axes(graph_), Error);
  graph_.tie_to_variable_axis({windows, 0});
  EXPECT_THAT(variable_axes(graph_)[mixed.index], ElementsAre(1));
}

TEST_F(WindowsTest, HaveNumbers) {
  graph_.add_output(keep(graph_.add_input("window", {1})));
  EXPECT_THAT(test::refusal_of([&] { verify(graph_); }), HasSubstr("kept to read int32"));
}

TEST_F(WindowsTest, AreNoBusinessOfOthers) {
  graph_.add_output(attend(graph_.add_input("windows", {9}, DType::int32)));
  graph_.add_output(graph_.add("y", op::Scale{values_, 2.0F}));
  EXPECT_THAT(test::refusal_of([&] { verify(graph_); }), HasSubstr("the cache values"));
}

TEST(Operands, AreReplacedInTheirOrder) {
  const std::vector<ValueId> ids{{1}, {2}, {3}, {4}};
  EXPECT_EQ(operands(with_operands(window_attention(2), ids)), ids);
  const std::vector<ValueId> three{{1}, {2}, {3}};
  EXPECT_EQ(operands(with_operands(keep_rows(2), three)), three);
}

class VariableAxesTest : public testing::Test {
 protected:
  VariableAxesTest() { graph_.set_variable_axis({x_, 1}); }
  std::vector<std::int64_t> axes(ValueId id) { return variable_axes(graph_)[id.index]; }

  Graph graph_{"G"};
  ValueId x_ = graph_.add_input("x", {1, 6, 8});
};

TEST_F(VariableAxesTest, FollowsHeadsScoresAndBack) {
  const ValueId split = graph_.add("split", op::Reshape{x_, {1, 6, 2, 4}});
  const ValueId query = graph_.add("query", op::Transpose{split, {0, 2, 1, 3}});
  const ValueId key = graph_.add("key", op::Transpose{split, {0, 2, 3, 1}});
  const ValueId scores = graph_.add("scores", op::MatMul{query, key});
  const ValueId mixed = graph_.add("mixed", op::MatMul{scores, query});
  const ValueId rows = graph_.add("rows", op::Transpose{mixed, {0, 2, 1, 3}});
  const ValueId merged = graph_.add("merged", op::Reshape{rows, {1, 6, 8}});
  EXPECT_THAT(axes(split), ElementsAre(1));
  EXPECT_THAT(axes(query), ElementsAre(2));
  EXPECT_THAT(axes(key), ElementsAre(3));
  EXPECT_THAT(axes(scores), ElementsAre(2, 3));
  EXPECT_THAT(axes(merged), ElementsAre(1));
}

TEST_F(VariableAxesTest, TablesFollowWhatTheyAreTakenLike) {
  const ValueId table = graph_.add_constant("table", zeros({9, 8}));
  const ValueId rows = graph_.add("rows", op::TakeLike{table, x_, 0, 1});
  const ValueId sum = graph_.add("sum", op::Add{x_, rows});
  EXPECT_THAT(axes(table), IsEmpty());
  EXPECT_THAT(axes(rows), ElementsAre(0));
  EXPECT_THAT(axes(sum), ElementsAre(1));
}

TEST_F(VariableAxesTest, RefusesToMixItWithAFixedAxis) {
  const ValueId table = graph_.add_constant("table", zeros({6, 8}));
  graph_.add("sum", op::Add{x_, table});
  EXPECT_THROW((void)variable_axes(graph_), Error);
}

TEST_F(VariableAxesTest, RefusesToMergeItAway) {
  graph_.add("flat", op::Reshape{x_, {48}});
  EXPECT_THROW((void)variable_axes(graph_), Error);
}

}  // namespace
}  // namespace sotto

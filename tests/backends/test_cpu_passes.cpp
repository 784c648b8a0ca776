#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "loaded_part.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "model/whisper/stateful_builders.h"
#include "op_graphs.h"
#include "run/backends/cpu/passes/passes.h"
#include "support/random_checkpoint.h"

// What the cpu back end's passes make of graphs: the same result out of fewer operations.

namespace sotto::cpu {
namespace {

using test::op_graphs;
using test::OpGraph;
using test::PlainTensor;
using testing::ElementsAre;

struct Pass {
  std::string name;
  Graph (*run)(const Graph& graph);
};

std::vector<Pass> passes() {
  return {{"fuse_attention", fuse_attention},
          {"fuse_linear", fuse_linear},
          {"fuse_convolution", fuse_convolution},
          {"fuse", [](const Graph& graph) { return fuse(graph); }}};
}

/// Graphs whose inputs may be anything.
std::vector<OpGraph> graphs() {
  std::vector<OpGraph> all = op_graphs();
  const Checkpoint checkpoint = test::random_checkpoint(test::small_dims());
  DecoderCoreOptions options;
  options.length = 9;
  all.push_back({"encoder", build_encoder_core(checkpoint, 40)});
  all.push_back({"crosskv_encoder", build_crosskv_encoder(checkpoint, 40)});
  all.push_back({"decoder", build_decoder_core(checkpoint, options)});
  all.push_back({"decoder_head", build_decoder_head(checkpoint, 3)});
  const std::vector<std::int64_t> layers{0, 1};
  all.push_back({"alignment_decoder", build_alignment_decoder(checkpoint, layers, options)});
  return all;
}

std::vector<PlainTensor> run(const Graph& graph) {
  std::vector<PlainTensor> inputs;
  for (const ValueId id : graph.inputs()) {
    inputs.push_back(test::to_plain(test::random_tensor(graph.shape(id), inputs.size() + 1)));
  }
  return test::run_plainly(graph, inputs);
}

std::vector<std::string> names(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<std::string> all;
  all.reserve(ids.size());
  for (const ValueId id : ids) all.push_back(graph.value(id).name + to_string(graph.shape(id)));
  return all;
}

class EachPass : public testing::TestWithParam<Pass> {};

// In double precision, in the same order: not a bit differs.
TEST_P(EachPass, ChangesNoResult) {
  for (const OpGraph& each : graphs()) {
    const Graph fused = GetParam().run(each.graph);
    verify(fused);
    EXPECT_EQ(names(fused, fused.inputs()), names(each.graph, each.graph.inputs())) << each.name;
    EXPECT_EQ(names(fused, fused.outputs()), names(each.graph, each.graph.outputs())) << each.name;
    const auto before = run(each.graph), after = run(fused);
    ASSERT_EQ(after.size(), before.size()) << each.name;
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(after[i].shape, before[i].shape) << each.name;
      EXPECT_EQ(after[i].values, before[i].values) << to_string(fused);
    }
  }
}

TEST_P(EachPass, LeavesItsOwnResultAsItIs) {
  for (const OpGraph& each : graphs()) {
    const Graph once = GetParam().run(each.graph);
    EXPECT_EQ(to_string(GetParam().run(once)), to_string(once)) << each.name;
  }
}

TEST_P(EachPass, TakesGraphsThatWriteToCaches) {
  const Checkpoint checkpoint = test::random_checkpoint(test::small_dims());
  for (const Graph& graph :
       {build_stateful_decoder(checkpoint, {4, 0}), build_cross_projection(checkpoint)}) {
    const Graph fused = GetParam().run(graph);
    verify(fused);
    EXPECT_EQ(names(fused, fused.inputs()), names(graph, graph.inputs()));
    EXPECT_EQ(names(fused, fused.outputs()), names(graph, graph.outputs()));
  }
}

INSTANTIATE_TEST_SUITE_P(, EachPass, testing::ValuesIn(passes()),
                         [](const auto& pass) { return pass.param.name; });

/// A graph in the making whose constants' values are no matter.
class Draft {
 public:
  ValueId input(const Shape& shape) { return graph_.add_input(next(), shape); }
  ValueId constant(const Shape& shape) {
    return graph_.add_constant(next(),
                               own_values(shape, test::random_values(num_elements(shape), 1)));
  }
  ValueId add(Op op) { return graph_.add(next(), std::move(op)); }
  /// Of width 8 to width 8.
  ValueId linear(ValueId input) { return add(op::Linear{input, constant({8, 8}), constant({8})}); }
  ValueId conv(ValueId input) {
    return add(op::Conv1d{input, constant({4, 4, 3}), constant({4}), 1, 1});
  }
  Graph finish(const std::vector<ValueId>& outputs) {
    for (const ValueId id : outputs) graph_.add_output(id);
    verify(graph_);
    return std::move(graph_);
  }

 private:
  std::string next() { return "v" + std::to_string(count_++); }
  Graph graph_{"Draft"};
  int count_ = 0;
};

/// The operations in their order, a FusedLinear with what it took along.
std::vector<std::string> operations(const Graph& graph) {
  std::vector<std::string> all;
  for (const Node& node : graph.nodes()) {
    std::string name(op_name(node.op));
    if (const auto* linear = std::get_if<op::FusedLinear>(&node.op)) {
      name = "linear";
      if (linear->factor != 1.0F) name += concat(" *", linear->factor);
      if (linear->has_gelu) name += " gelu";
      if (linear->residual) name += " +" + graph.value(*linear->residual).name;
    }
    if (const auto* attention = std::get_if<op::Attention>(&node.op)) {
      if (attention->mask) name += " masked";
    }
    all.push_back(name);
  }
  return all;
}

TEST(FuseLinear, TakesWhatIsBehindALinearInItsOrder) {
  Draft d;
  const ValueId x = d.input({1, 3, 8});
  const ValueId scaled = d.add(op::Scale{d.linear(x), 0.5F});
  const ValueId bent = d.add(op::Gelu{d.linear(scaled)});
  const ValueId both = d.add(op::Gelu{d.add(op::Scale{d.linear(bent), 2.0F})});
  const ValueId sum = d.add(op::Add{x, d.linear(both)});
  const ValueId all = d.add(op::Add{d.add(op::Gelu{d.add(op::Scale{d.linear(sum), 3.0F})}), x});
  EXPECT_THAT(operations(fuse_linear(d.finish({all}))),
              ElementsAre("linear *0.5", "linear gelu", "linear *2 gelu", "linear +v0",
                          "linear *3 gelu +v0"));
}

TEST(FuseLinear, TakesNothingInAnotherOrder) {
  Draft d;
  const ValueId x = d.input({1, 3, 8});
  const ValueId late_scale = d.add(op::Scale{d.add(op::Gelu{d.linear(x)}), 2.0F});
  const ValueId late_gelu = d.add(op::Gelu{d.add(op::Add{d.linear(late_scale), x})});
  const ValueId twice = d.add(op::Scale{d.add(op::Scale{d.linear(late_gelu), 2.0F}), 4.0F});
  const ValueId later = d.add(op::Scale{d.add(op::Add{d.linear(twice), x}), 2.0F});
  EXPECT_THAT(operations(fuse_linear(d.finish({later}))),
              ElementsAre("linear gelu", "scale", "linear +v0", "gelu", "linear *2", "scale",
                          "linear +v0", "scale"));
}

TEST(FuseLinear, LeavesWhatIsReadElsewhereToo) {
  Draft d;
  const ValueId x = d.input({1, 3, 8});
  const ValueId read_twice = d.linear(x);
  const ValueId bent = d.add(op::Gelu{read_twice});
  const ValueId sum = d.add(op::Add{bent, read_twice});
  const ValueId leaves = d.linear(sum);
  const ValueId scaled = d.add(op::Scale{leaves, 2.0F});
  const ValueId own_double = d.linear(scaled);
  const ValueId doubled = d.add(op::Add{own_double, own_double});
  EXPECT_THAT(operations(fuse_linear(d.finish({doubled, leaves}))),
              ElementsAre("linear", "gelu", "add", "linear", "scale", "linear", "add"));
}

// The residual is what is added element by element; a bias added later is broadcast.
TEST(FuseLinear, LeavesAnAddOfAnotherShape) {
  Draft d;
  const ValueId x = d.input({1, 3, 8});
  const ValueId row = d.add(op::Add{d.linear(x), d.constant({8})});
  const ValueId rows = d.add(op::Add{d.linear(row), d.constant({3, 8})});
  const ValueId short_one = d.add(op::Linear{d.input({8}), d.constant({8, 8}), std::nullopt});
  const ValueId whole = d.add(op::Add{rows, short_one});
  EXPECT_THAT(operations(fuse_linear(d.finish({whole}))),
              ElementsAre("linear", "add", "linear", "add", "linear", "add"));
}

TEST(FuseLinear, AddsOneOfTwoProductsToTheOther) {
  Draft d;
  const ValueId x = d.input({1, 3, 8});
  const ValueId a = d.linear(x), b = d.linear(x);
  const Graph fused = fuse_linear(d.finish({d.add(op::Add{a, b})}));
  EXPECT_THAT(operations(fused),
              ElementsAre("linear", "linear +" + fused.value(fused.nodes()[0].output).name));
}

TEST(FuseLinear, KeepsAProductWithoutABias) {
  Draft d;
  const ValueId x = d.input({1, 3, 8});
  const ValueId y = d.add(op::Linear{x, d.constant({5, 8}), std::nullopt});
  const Graph fused = fuse_linear(d.finish({y}));
  const auto& linear = std::get<op::FusedLinear>(fused.nodes().at(0).op);
  EXPECT_FALSE(linear.bias || linear.residual || linear.has_gelu);
  EXPECT_EQ(linear.factor, 1.0F);
}

TEST(FuseConvolution, TakesTheGeluBehindIt) {
  Draft d;
  const ValueId first = d.add(op::Gelu{d.conv(d.input({1, 4, 9}))});
  const ValueId second = d.add(op::Scale{d.conv(first), 2.0F});
  EXPECT_THAT(operations(fuse_convolution(d.finish({d.add(op::Gelu{second})}))),
              ElementsAre("conv_gelu", "conv1d", "scale", "gelu"));
}

TEST(FuseConvolution, LeavesWhatIsReadElsewhereToo) {
  Draft d;
  const ValueId leaves = d.conv(d.input({1, 4, 9}));
  const ValueId read_twice = d.conv(d.add(op::Gelu{leaves}));
  const ValueId bent = d.add(op::Gelu{read_twice}), again = d.add(op::Gelu{read_twice});
  EXPECT_THAT(operations(fuse_convolution(d.finish({leaves, bent, again}))),
              ElementsAre("conv1d", "gelu", "conv1d", "gelu", "gelu"));
}

/// Attention over inputs, with an operation between its parts where a test wants one.
struct Heads {
  explicit Heads(Draft& draft) : d(draft) {}

  Draft& d;
  ValueId query = d.input({2, 3, 4}), key = d.input({2, 4, 5}), value = d.input({2, 5, 4});

  [[nodiscard]] ValueId scores() const { return d.add(op::MatMul{query, key}); }
  [[nodiscard]] ValueId mixed(ValueId weights) const { return d.add(op::MatMul{weights, value}); }
};

TEST(FuseAttention, TakesAMaskOfEachScore) {
  Draft d;
  const Heads heads(d);
  const ValueId plain = heads.mixed(d.add(op::Softmax{heads.scores()}));
  const ValueId masked_scores = d.add(op::Add{heads.scores(), d.constant({3, 5})});
  const ValueId masked = heads.mixed(d.add(op::Softmax{masked_scores}));
  EXPECT_THAT(operations(fuse_attention(d.finish({plain, masked}))),
              ElementsAre("attention", "attention masked"));
}

TEST(FuseAttention, LeavesAMaskOfAnotherShape) {
  Draft d;
  const Heads heads(d);
  const auto with_mask = [&](const Shape& shape) {
    return heads.mixed(d.add(op::Softmax{d.add(op::Add{heads.scores(), d.constant(shape)})}));
  };
  const ValueId row = with_mask({5}), each_head = with_mask({2, 3, 5});
  EXPECT_THAT(
      operations(fuse_attention(d.finish({row, each_head}))),
      ElementsAre("matmul", "add", "softmax", "matmul", "matmul", "add", "softmax", "matmul"));
}

TEST(FuseAttention, LeavesScoresAndWeightsThatAreReadElsewhereToo) {
  Draft d;
  const Heads heads(d);
  const ValueId leaving_scores = heads.scores();
  const ValueId one = heads.mixed(d.add(op::Softmax{leaving_scores}));
  const ValueId leaving_weights = d.add(op::Softmax{heads.scores()});
  const ValueId other = heads.mixed(leaving_weights);
  const Graph graph = d.finish({leaving_scores, one, leaving_weights, other});
  EXPECT_THAT(operations(fuse_attention(graph)),
              ElementsAre("matmul", "softmax", "matmul", "matmul", "softmax", "matmul"));
}

TEST(FuseAttention, LeavesWhatIsBetweenItsParts) {
  Draft d;
  const Heads heads(d);
  const ValueId scaled = d.add(op::Softmax{d.add(op::Scale{heads.scores(), 0.5F})});
  const ValueId weighted = d.add(op::Scale{d.add(op::Softmax{heads.scores()}), 0.5F});
  const Graph graph = d.finish({heads.mixed(scaled), heads.mixed(weighted)});
  EXPECT_THAT(
      operations(fuse_attention(graph)),
      ElementsAre("matmul", "scale", "softmax", "matmul", "softmax", "scale", "matmul", "matmul"));
}

TEST(Fuse, TellsOfEachPassWhatCameOut) {
  const Graph graph = build_encoder_core(test::random_checkpoint(test::small_dims()));
  std::vector<std::string> told;
  Graph before = graph;
  const Graph result = fuse(graph, [&](std::string_view pass, const Graph& fused, double seconds) {
    for (const Pass& each : passes()) {
      if (each.name != pass) continue;
      EXPECT_EQ(to_string(fused), to_string(each.run(before)));
    }
    EXPECT_GE(seconds, 0.0);
    EXPECT_LT(seconds, 60.0);
    told.emplace_back(pass);
    before = fused;
  });
  EXPECT_THAT(told, ElementsAre("fuse_attention", "fuse_linear", "fuse_convolution"));
  EXPECT_EQ(to_string(result), to_string(before));
  EXPECT_EQ(to_string(result), to_string(fuse(graph)));
}

}  // namespace
}  // namespace sotto::cpu

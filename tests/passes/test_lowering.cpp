#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "backends/loaded_part.h"
#include "backends/plain_ops.h"
#include "compile/passes/pipelines.h"
#include "core/base/error.h"
#include "model/checkpoint/bundle_reader.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "support/random_checkpoint.h"

// Every graph of the model against itself after lowering, both computed in double precision.

namespace sotto::test {
namespace {

/// What lowering leaves: operations that both of MediaTek's compilers have.
const std::set<std::string_view> kLegal{
    "conv2d", "fully_connected", "matmul",   "softmax",  "gelu",    "tanh_gelu",
    "add",    "broadcast_add",   "subtract", "multiply", "divide",  "maximum",
    "mean",   "reduce_max",      "absolute", "pad",      "reshape", "reciprocal_sqrt",
    "concat", "slice",           "transpose"};

struct Part {
  std::string name;
  Graph (*build)(const Checkpoint&);
};

WhisperDims tiny_dims() {
  WhisperDims dims = small_dims();
  dims.n_vocab = 70;
  dims.n_text_ctx = 12;
  dims.n_audio_ctx = 15;
  return dims;
}

const std::vector<Part>& parts() {
  static const std::vector<Part> all{
      {"encoder", [](const Checkpoint& c) { return build_encoder_core(c); }},
      {"decoder", [](const Checkpoint& c) { return build_decoder_core(c); }},
      {"short_decoder",
       [](const Checkpoint& c) {
         return build_decoder_core(c, {5, 7});
       }},
      {"alignment",
       [](const Checkpoint& c) {
         return build_alignment_decoder(c, std::vector<std::int64_t>{0, 1});
       }},
      {"crosskv", [](const Checkpoint& c) { return build_crosskv_encoder(c); }},
      {"step", [](const Checkpoint& c) { return build_kv_decoder(c); }},
      {"prefill",
       [](const Checkpoint& c) {
         return build_kv_decoder(c, {4, 9});
       }},
  };
  return all;
}

std::vector<PlainTensor> inputs_of(const Graph& graph) {
  std::vector<PlainTensor> inputs;
  std::uint64_t seed = 40;
  for (const ValueId input : graph.inputs()) {
    inputs.push_back(to_plain(random_tensor(graph.shape(input), ++seed)));
  }
  return inputs;
}

class LoweringOf : public testing::TestWithParam<Part> {
 protected:
  Checkpoint checkpoint_ = random_checkpoint(tiny_dims(), 3);
};

TEST_P(LoweringOf, ChangesNothingButTheOperations) {
  const Graph graph = GetParam().build(checkpoint_);
  const Graph lowered = lower(graph);
  const auto inputs = inputs_of(graph);
  const auto expected = run_plainly(graph, inputs);
  const auto found = run_plainly(lowered, inputs);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].shape, expected[i].shape);
    EXPECT_EQ(lowered.value(lowered.outputs()[i]).name, graph.value(graph.outputs()[i]).name);
    double largest = 0.0, difference = 0.0;
    for (std::size_t k = 0; k < found[i].values.size(); ++k) {
      largest = std::max(largest, std::abs(expected[i].values[k]));
      difference = std::max(difference, std::abs(found[i].values[k] - expected[i].values[k]));
    }
    // √epsilon is a float32 constant, and so good to 6e-8 of a part of the variance.
    EXPECT_LE(difference, 1e-9 * largest);
  }
}

TEST_P(LoweringOf, LeavesWhatNpusHave) {
  const Graph lowered = lower(GetParam().build(checkpoint_));
  EXPECT_FALSE(lowered.variable_axis());
  for (const Node& node : lowered.nodes()) {
    EXPECT_TRUE(kLegal.contains(op_name(node.op))) << op_name(node.op);
  }
  for (const Value& value : lowered.values()) EXPECT_LE(value.shape.size(), 4U) << value.name;
}

TEST_P(LoweringOf, ShowsEveryStepThatChangedTheGraph) {
  std::vector<std::string> passes;
  LoweringOptions options;
  options.gelu = GeluForm::tanh;
  options.dump = [&](std::string_view pass, const Graph& graph) {
    verify(graph);
    passes.emplace_back(pass);
  };
  const Graph lowered = lower(GetParam().build(checkpoint_), options);
  EXPECT_THAT(passes, testing::Contains("lower_layer_norm"));
  EXPECT_THAT(passes, testing::Contains("lower_linear"));
  for (const Node& node : lowered.nodes()) EXPECT_NE(op_name(node.op), "gelu");
}

INSTANTIATE_TEST_SUITE_P(Parts, LoweringOf, testing::ValuesIn(parts()),
                         [](const auto& tested) { return tested.param.name; });

std::int64_t count(const Graph& graph, std::string_view name) {
  return std::count_if(graph.nodes().begin(), graph.nodes().end(),
                       [&](const Node& node) { return op_name(node.op) == name; });
}

TEST(Lowering, TurnsTheMelOnceAndNothingElseForTheConvolutions) {
  WhisperDims dims = tiny_dims();
  dims.n_audio_layer = 1;
  const Graph lowered = lower(build_encoder_core(random_checkpoint(dims)));
  EXPECT_EQ(count(lowered, "transpose"), 1 + 4);  // and three splits and a join of heads
  EXPECT_EQ(count(lowered, "conv2d"), 2);
}

TEST(Lowering, PutsTheQuerysScaleIntoItsWeights) {
  const Graph lowered = lower(build_encoder_core(random_checkpoint(tiny_dims())));
  std::vector<float> factors;
  for (const Node& node : lowered.nodes()) {
    if (const auto* op = std::get_if<op::FullyConnected>(&node.op); op && op->factor != 1.0F) {
      factors.push_back(op->factor);
    }
  }
  EXPECT_EQ(factors.size(), 2U);  // one a layer
}

/// A checkpoint of these dims that is all zeros.
Checkpoint zeros(const WhisperDims& dims) {
  Checkpoint checkpoint;
  checkpoint.dims = dims;
  checkpoint.tensors = outline_tensors(dims);
  return checkpoint;
}

TEST(Lowering, KeepsATokenOfBaseCheap) {
  const auto sizes = whisper_sizes();
  const auto base = std::find_if(sizes.begin(), sizes.end(),
                                 [](const WhisperSize& size) { return size.name == "base"; });
  const Graph step = lower(build_kv_decoder(zeros(base->dims)));
  EXPECT_LE(2 * cost(step).multiply_adds, 130'000'000);
  std::int64_t elements = 0;
  for (const ValueId input : step.inputs()) {
    const Value& value = step.value(input);
    if (!is_resident_input(value.name)) elements += num_elements(value.shape);
  }
  for (const ValueId output : step.outputs()) elements += num_elements(step.shape(output));
  EXPECT_LE(elements * 4, 300'000);  // bytes
}

TEST(Lowering, NeedsFewOperatorsForEveryGraphOfBase) {
  const auto sizes = whisper_sizes();
  const auto base = std::find_if(sizes.begin(), sizes.end(),
                                 [](const WhisperSize& size) { return size.name == "base"; });
  const Checkpoint checkpoint = zeros(base->dims);
  for (const Part& part : parts()) {
    if (part.name == "alignment") continue;  // has layers of its own
    if (part.name == "prefill" || part.name == "short_decoder") continue;
    EXPECT_LE(lower(part.build(checkpoint)).nodes().size(), 600U) << part.name;
  }
}

TEST(Lowering, RefusesMoreAxesThanNpusTake) {
  Graph graph("Deep");
  const ValueId input = graph.add_input("input", {1, 2, 3, 4});
  graph.add_output(graph.add("deep", op::Reshape{input, {1, 1, 2, 3, 4}}));
  EXPECT_THROW((void)lower(graph), Error);
}

}  // namespace
}  // namespace sotto::test

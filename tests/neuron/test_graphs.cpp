#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "compile/emitters/tflite/tflite_writer.h"
#include "compile/passes/pipelines.h"
#include "compile/toolchains/neuron_compiler.h"
#include "core/base/atomic_file.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "neuron/simulated_model.h"
#include "run/backends/registry.h"
#include "support/model_part.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"

// Each graph of a model, compiled by our toolchain and run in float16, against the cpu back end.

namespace sotto::test {
namespace {

std::vector<Tensor> tensors(const std::vector<Signature::Port>& ports) {
  std::vector<Tensor> made;
  for (const Signature::Port& port : ports) made.emplace_back(port.dtype, port.shape);
  return made;
}

/// Outputs for these inputs.
std::vector<Tensor> outputs_of(Executable& executable, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs = tensors(executable.signature().outputs);
  std::vector<const Tensor*> given;
  std::vector<Tensor*> wanted;
  for (const Tensor& input : inputs) given.push_back(&input);
  for (Tensor& output : outputs) wanted.push_back(&output);
  executable.run(given, wanted);
  return outputs;
}

/// How many values lie one behind the other between an input and what depends on it most deeply:
/// each is rounded once.
std::size_t longest_path(const Graph& graph) {
  std::vector<std::size_t> depth(graph.values().size());
  std::size_t longest = 0;
  for (const Node& node : graph.nodes()) {
    for (const ValueId id : operands(node.op)) {
      depth[node.output.index] = std::max(depth[node.output.index], depth[id.index] + 1);
    }
    longest = std::max(longest, depth[node.output.index]);
  }
  return longest;
}

class NeuronGraphs : public testing::TestWithParam<std::tuple<GraphKind, LayerNormForm>> {
 protected:
  [[nodiscard]] static Graph build(const Checkpoint& checkpoint) {
    switch (std::get<GraphKind>(GetParam())) {
      case GraphKind::encoder:
        return build_encoder_core(checkpoint);
      case GraphKind::decoder:
        return build_decoder_core(checkpoint);
      case GraphKind::crosskv:
        return build_crosskv_encoder(checkpoint);
      case GraphKind::step:
        return build_kv_decoder(checkpoint, {.tokens = 1});
      default:
        return build_kv_decoder(checkpoint, {.tokens = 8});
    }
  }
  TempFolder folder_;
};

TEST_P(NeuronGraphs, ComputeWhatTheCpuDoesButForFloat16) {
  const Checkpoint checkpoint = random_checkpoint({80, 50, 64, 2, 2, 51865, 16, 64, 2, 2}, 3);
  const Graph graph = build(checkpoint);
  const Graph lowered = lower(graph, {.gelu = GeluForm::tanh, .dump = {}});
  AtomicFile file(folder_ / "graph.tflite");
  write_tflite(lowered, WeightType::float16, file);
  file.commit();
  compile_with_neuron(folder_ / "graph.tflite", folder_ / "graph.neuron", SOTTO_SIMULATOR,
                      {.extra = {}, .layer_norm = std::get<LayerNormForm>(GetParam())});

  BackendOptions options;
  options.neuron = SOTTO_SIMULATOR;
  const ModelPart part = part_in("tflite@mt8189.neuron", folder_ / "graph.neuron",
                                 [&](std::int64_t) { return graph; });
  const auto neuron = make_backend("neuron", options)->load(part);
  const auto cpu = make_backend("cpu", {})->load(part);
  std::mt19937 random(5);
  std::normal_distribution<float> normal;
  std::vector<Tensor> inputs = tensors(cpu->signature().inputs);
  for (Tensor& input : inputs) {
    for (float& value : input.floats()) value = 0.5F * normal(random);
  }
  const auto expected = outputs_of(*cpu, inputs), found = outputs_of(*neuron, inputs);
  const double bound = std::ldexp(static_cast<double>(longest_path(lowered)), -11);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    double largest = 0, difference = 0;
    for (std::size_t k = 0; k < expected[i].floats().size(); ++k) {
      const double value = expected[i].floats()[k];
      largest = std::max(largest, std::abs(value));
      difference = std::max(difference, std::abs(value - found[i].floats()[k]));
    }
    EXPECT_LE(difference, bound * largest)
        << cpu->signature().outputs[i].name << ": largest " << largest << ", bound " << bound;
    EXPECT_GT(largest, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, NeuronGraphs,
    testing::Combine(testing::Values(GraphKind::encoder, GraphKind::decoder, GraphKind::crosskv,
                                     GraphKind::step, GraphKind::prefill),
                     testing::Values(LayerNormForm::vendor, LayerNormForm::decomposed)));

}  // namespace
}  // namespace sotto::test

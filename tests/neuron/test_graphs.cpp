#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <optional>
#include <random>
#include <string>

#include "compile/emitters/tflite/tflite_writer.h"
#include "compile/passes/pipelines.h"
#include "compile/targets/target.h"
#include "compile/toolchains/litert_aot.h"
#include "compile/toolchains/neuron_compiler.h"
#include "core/base/atomic_file.h"
#include "core/bundle/graph_table.h"
#include "model/checkpoint/alignment_heads.h"
#include "model/checkpoint/checkpoint.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "neuron/simulated_model.h"
#include "plugin/plugin_run.h"
#include "run/backends/registry.h"
#include "support/model_part.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"

// Each graph of a model, compiled by our toolchain and run in float16, against the cpu back end.

namespace sotto::test {
namespace {

std::vector<Tensor> tensors(const std::vector<Signature::Port>& ports) {
  std::vector<Tensor> made;
  made.reserve(ports.size());
  for (const Signature::Port& port : ports) made.emplace_back(port.dtype, port.shape);
  return made;
}

/// Outputs for these inputs.
std::vector<Tensor> outputs_of(Executable& executable, const std::vector<Tensor>& inputs) {
  std::vector<Tensor> outputs = tensors(executable.signature().outputs);
  std::vector<const Tensor*> given;
  std::vector<Tensor*> wanted;
  given.reserve(inputs.size());
  wanted.reserve(outputs.size());
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

Graph build(GraphKind kind, const Checkpoint& checkpoint) {
  switch (kind) {
    case GraphKind::encoder:
      return build_encoder_core(checkpoint);
    case GraphKind::decoder:
      return build_decoder_core(checkpoint);
    case GraphKind::alignment:
      return build_alignment_decoder(checkpoint,
                                     layers_of(choose_alignment_heads(checkpoint, std::nullopt)));
    case GraphKind::crosskv:
      return build_crosskv_encoder(checkpoint);
    case GraphKind::step:
      return build_kv_decoder(checkpoint, {.tokens = 1});
    case GraphKind::prefill:
      return build_kv_decoder(checkpoint, {.tokens = 8});
  }
  return Graph("none");
}

constexpr auto kAllKinds = {GraphKind::encoder, GraphKind::decoder, GraphKind::alignment,
                            GraphKind::crosskv, GraphKind::step,    GraphKind::prefill};

using Parameter = std::tuple<GraphKind, LayerNormForm>;

std::string name_of(const testing::TestParamInfo<Parameter>& info) {
  const auto [kind, form] = info.param;
  return concat(entry_of(kind).name, form == LayerNormForm::vendor ? "_vendor" : "_decomposed");
}

/// One graph of a model in a TFLite file, and what becomes of it.
class NeuronGraphs : public testing::TestWithParam<Parameter> {
 protected:
  void write(const Checkpoint& checkpoint) {
    graph_ = build(std::get<GraphKind>(GetParam()), checkpoint);
    lowered_ = lower(graph_, {.gelu = GeluForm::tanh, .dump = {}});
    AtomicFile file(tflite());
    write_tflite(lowered_, WeightType::float16, file);
    file.commit();
  }
  [[nodiscard]] std::filesystem::path tflite() const { return folder_ / "graph.tflite"; }

  /// Runs the compiled file beside the cpu back end. Every value is rounded once, by 2⁻¹¹ of
  /// itself, and those on the longest path add up at worst.
  void compare(const std::string& form, const std::filesystem::path& compiled) const {
    BackendOptions options;
    options.neuron = SOTTO_SIMULATOR;
    const ModelPart part = part_in(form, compiled, [&](std::int64_t) { return graph_; });
    const auto neuron = make_backend("neuron", options)->load(part);
    const auto cpu = make_backend("cpu", {})->load(part);
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    std::vector<Tensor> inputs = tensors(cpu->signature().inputs);
    for (Tensor& input : inputs) {
      for (float& value : input.floats()) value = 0.5F * normal(random);
    }
    const auto expected = outputs_of(*cpu, inputs), found = outputs_of(*neuron, inputs);
    const double bound = std::ldexp(static_cast<double>(longest_path(lowered_)), -11);
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
      RecordProperty(cpu->signature().outputs[i].name, std::to_string(difference / largest));
    }
  }

  TempFolder folder_;
  Graph graph_{"none"}, lowered_{"none"};
};

TEST_P(NeuronGraphs, ComputeWhatTheCpuDoesButForFloat16) {
  write(random_checkpoint({80, 50, 64, 2, 2, 51865, 16, 64, 2, 2}, 3));
  compile_with_neuron(tflite(), folder_ / "graph.neuron", SOTTO_SIMULATOR,
                      {.extra = {}, .layer_norm = std::get<LayerNormForm>(GetParam())});
  compare("tflite@mt8189.neuron", folder_ / "graph.neuron");
}

INSTANTIATE_TEST_SUITE_P(All, NeuronGraphs,
                         testing::Combine(testing::ValuesIn(kAllKinds),
                                          testing::Values(LayerNormForm::vendor,
                                                          LayerNormForm::decomposed)),
                         name_of);

/// The same of OpenAI's base, by MediaTek's own plugin.
class PluginsGraphsOfBase : public NeuronGraphs {};

TEST_P(PluginsGraphsOfBase, AreOnePartitionThatComputesWhatTheCpuDoes) {
  if (SOTTO_SANITIZED) GTEST_SKIP() << "a simulator with sanitizers is loaded by no other program";
  if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
  const char* base = std::getenv("SOTTO_BASE_CHECKPOINT");
  if (base == nullptr) GTEST_SKIP() << "SOTTO_BASE_CHECKPOINT is not set: no base model";
  write(read_checkpoint({base, {}}));
  std::filesystem::create_directories(folder_ / "sdk/host/lib");
  std::filesystem::copy(SOTTO_SIMULATOR, folder_ / "sdk/host/lib/libneuron_adapter.so");
  const Target& target = find_target("mt8189");
  const LitertAotOptions options{{}, folder_ / "sdk", {}};
  const LitertAotTools tools = find_litert_aot(options, target);
  const auto compiled = folder_ / "compiled.tflite";
  const Partitioning found =
      compile_with_litert(litert_command(tools, target, tflite(), compiled, options), tflite(),
                          compiled, folder_ / "log");
  EXPECT_TRUE(found.is_whole()) << found.selected << " of " << found.total << " operators in "
                                << found.partitions << " partitions";
  compare("tflite@mt8189.tflite", compiled);
}

INSTANTIATE_TEST_SUITE_P(All, PluginsGraphsOfBase,
                         testing::Combine(testing::ValuesIn(kAllKinds),
                                          testing::Values(LayerNormForm::decomposed)),
                         name_of);

}  // namespace
}  // namespace sotto::test

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

#include "compile/emitters/tflite/tflite_writer.h"
#include "compile/passes/pipelines.h"
#include "compile/toolchains/neuron_compiler.h"
#include "compile/toolchains/neuron_layer_norm.h"
#include "core/base/atomic_file.h"
#include "core/base/float16.h"
#include "core/base/mapped_file.h"
#include "model/whisper/builders.h"
#include "neuron/simulated_model.h"
#include "run/backends/registry.h"
#include "support/model_part.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"

// Layer norms as one operation of the vendor's: found in files, and computed by the simulator.

namespace sotto::test {
namespace {

constexpr std::int64_t kWidth = 64;
constexpr float kEpsilon = 1e-5F;

/// A TFLite file of a lowered graph, and what is in it.
struct Written {
  Written(const Graph& graph, const std::filesystem::path& path) {
    AtomicFile out(path);
    write_tflite(lower(graph, {.gelu = GeluForm::tanh, .dump = {}}), WeightType::float32, out);
    out.commit();
    file = MappedFile::open(path);
    model = parse_tflite(file->bytes(), path.string(), file);
  }
  [[nodiscard]] TfliteSubgraph& graph() { return model.subgraphs.front(); }
  [[nodiscard]] const tflite::SubGraph& raw() const {
    return *tflite::GetModel(file->bytes().data())->subgraphs()->Get(0);
  }
  std::shared_ptr<const MappedFile> file;
  TfliteModel model;
};

/// x → layer norm, of rows of kWidth.
Graph graph_of_one() {
  Graph graph("Norm");
  const ValueId x = graph.add_input("x", {1, 8, kWidth});
  std::vector<float> scale(kWidth), offset(kWidth);
  for (std::size_t i = 0; i < scale.size(); ++i) {
    scale[i] = 0.5F + static_cast<float>(i) / 64;
    offset[i] = static_cast<float>(i) / 16 - 2;
  }
  op::LayerNorm norm;
  norm.input = x;
  norm.weight = graph.add_constant("scale", own_values({kWidth}, scale));
  norm.bias = graph.add_constant("offset", own_values({kWidth}, offset));
  norm.epsilon = kEpsilon;
  graph.add_output(graph.add("norm", norm));
  return graph;
}

class LayerNorms : public testing::Test {
 protected:
  TempFolder folder_;
};

TEST_F(LayerNorms, AreFoundInWhatLoweringMakes) {
  const Checkpoint checkpoint = random_checkpoint({80, 50, 64, 2, 2, 51865, 16, 64, 2, 2}, 3);
  Written encoder(build_encoder_core(checkpoint), folder_ / "encoder.tflite");
  // Two in each of two layers, and one behind them.
  const auto norms = find_layer_norms(encoder.graph(), encoder.raw());
  ASSERT_EQ(norms.size(), 5U);
  for (const TfliteLayerNorm& norm : norms) {
    EXPECT_EQ(norm.operators.size(), 15U);
    EXPECT_TRUE(std::is_sorted(norm.operators.begin(), norm.operators.end()));
    EXPECT_NEAR(norm.epsilon, kEpsilon, 1e-11);
    const auto name = [&](std::int32_t tensor) {
      return encoder.graph().tensors[static_cast<std::size_t>(tensor)].name;
    };
    EXPECT_EQ(encoder.graph().operators[norm.operators.back()].outputs.front(), norm.output);
    EXPECT_TRUE(name(norm.scale).ends_with(".weight")) << name(norm.scale);
    EXPECT_TRUE(name(norm.offset).ends_with(".bias")) << name(norm.offset);
  }
  const auto steps = steps_of(encoder.graph(), norms);
  EXPECT_EQ(steps.size(), encoder.graph().operators.size() - 70);
  EXPECT_EQ(steps_of(encoder.graph(), {}).size(), encoder.graph().operators.size());
}

TEST_F(LayerNorms, OfWhichSomethingElseReadsAPartAreLeftAsTheyAre) {
  Written one(graph_of_one(), folder_ / "one.tflite");
  ASSERT_EQ(find_layer_norms(one.graph(), one.raw()).size(), 1U);
  const auto inside = find_layer_norms(one.graph(), one.raw()).front();
  for (const std::size_t place : inside.operators) {
    const std::int32_t part = one.graph().operators[place].outputs.front();
    if (part == inside.output) continue;
    one.graph().outputs.push_back(part);
    EXPECT_TRUE(find_layer_norms(one.graph(), one.raw()).empty()) << place;
    one.graph().outputs.pop_back();
  }
}

// Whatever operator or operand is another, the rest is no layer norm.
TEST_F(LayerNorms, AreNothingElse) {
  Written one(graph_of_one(), folder_ / "one.tflite");
  const auto inside = find_layer_norms(one.graph(), one.raw()).front();
  for (const std::size_t place : inside.operators) {
    TfliteOperator& op = one.graph().operators[place];
    const TfliteOperator kept = op;
    op.code = 1;
    EXPECT_TRUE(find_layer_norms(one.graph(), one.raw()).empty()) << place;
    op = kept;
    for (std::int32_t& input : op.inputs) {
      const std::int32_t right = input;
      input = inside.input == right ? inside.offset : inside.input;
      EXPECT_TRUE(find_layer_norms(one.graph(), one.raw()).empty()) << place;
      input = right;
    }
  }
  EXPECT_EQ(find_layer_norms(one.graph(), one.raw()).size(), 1U);
}

// Rows far beyond what half precision squares: inside it is float32, and only the result is
// rounded, to half a unit in its last place.
TEST_F(LayerNorms, OfTheVendorsAreRoundedOnce) {
  const Graph graph = graph_of_one();
  Written one(graph, folder_ / "one.tflite");
  const NeuronCompilation done =
      compile_with_neuron(folder_ / "one.tflite", folder_ / "one.neuron", SOTTO_SIMULATOR,
                          {.extra = {}, .layer_norm = LayerNormForm::vendor});
  EXPECT_EQ(done.operations, 1U);
  EXPECT_EQ(done.operators, 15U);
  EXPECT_EQ(done.layer_norms, "1 layer norm as MTKEXT_LAYER_NORMALIZATION");

  BackendOptions options;
  options.neuron = SOTTO_SIMULATOR;
  const auto neuron = make_backend("neuron", options)
                          ->load(part_in("tflite@mt8189.neuron", folder_ / "one.neuron",
                                         [&](std::int64_t) { return Graph(graph); }));
  Tensor x(DType::float32, {1, 8, kWidth}), y(DType::float32, {1, 8, kWidth});
  std::mt19937 random(11);
  std::normal_distribution<float> normal;
  for (float& value : x.floats()) {
    value = float16_to_float32(float32_to_float16(1500 * normal(random)));
  }
  const Tensor* in = &x;
  Tensor* out = &y;
  neuron->run({&in, 1}, {&out, 1});
  for (std::size_t row = 0; row < 8; ++row) {
    const auto values = x.floats().subspan(row * kWidth, kWidth);
    double mean = 0, variance = 0;
    for (const float value : values) mean += value / static_cast<double>(kWidth);
    for (const float value : values) variance += std::pow(value - mean, 2) / kWidth;
    for (std::size_t i = 0; i < kWidth; ++i) {
      const double scale = 0.5 + static_cast<double>(i) / 64;
      const double offset = static_cast<double>(i) / 16 - 2;
      const double expected =
          (values[i] - mean) / std::sqrt(variance + double{kEpsilon}) * scale + offset;
      // Half a unit of half precision, and what float32 adds to it in sums of 64.
      const double unit = std::ldexp(1.0, std::max(-24, std::ilogb(expected) - 10));
      const double slack = 64 * 0x1p-24 * (std::abs(expected) + std::abs(offset));
      EXPECT_LE(std::abs(y.floats()[row * kWidth + i] - expected), unit / 2 + slack)
          << row << ' ' << i;
    }
  }
}

TEST_F(LayerNorms, AreDecomposedWhereThatIsAskedFor) {
  Written one(graph_of_one(), folder_ / "one.tflite");
  const NeuronCompilation done =
      compile_with_neuron(folder_ / "one.tflite", folder_ / "one.neuron", SOTTO_SIMULATOR,
                          {.extra = {}, .layer_norm = LayerNormForm::decomposed});
  EXPECT_EQ(done.operations, 15U);
  EXPECT_EQ(done.layer_norms, "1 layer norm decomposed");
}

}  // namespace
}  // namespace sotto::test

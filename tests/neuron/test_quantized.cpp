#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "compile/toolchains/litert_aot.h"
#include "core/base/error.h"
#include "neuron/quantized_file.h"
#include "neuron/simulated_model.h"
#include "plugin/plugin_run.h"
#include "run/backends/registry.h"
#include "support/files.h"
#include "support/temp_folder.h"

// Quantized graphs, which MediaTek's plugin hands to the simulator, against LiteRT's own kernels.

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::int32_t kAdd = 0, kConv2D = 3, kFullyConnected = 9, kMul = 18, kBatchMatMul = 126;
using Shape32 = std::vector<std::int32_t>;

Signature::Port port(const std::string& name, const Shape& shape) {
  Signature::Port made;
  made.name = name;
  made.shape = shape;
  return made;
}

/// Sets a variable of the environment for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

class QuantizedGraphs : public testing::Test {
 protected:
  void SetUp() override {
    if (SOTTO_SANITIZED)
      GTEST_SKIP() << "a simulator with sanitizers is loaded by no other program";
    if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
    fs::create_directories(folder_ / "sdk/host/lib");
    fs::copy(SOTTO_SIMULATOR, folder_ / "sdk/host/lib/libneuron_adapter.so");
  }

  /// Compiles the file by MediaTek's plugin; gives what was printed, and into `whole` whether all
  /// of the graph is one network.
  std::string compile(const std::string& target, bool& whole) const {
    const LitertAotOptions options{{}, folder_ / "sdk", {}};
    const Target& found = find_target(target);
    const LitertAotTools tools = find_litert_aot(options, found);
    const Command command = litert_command(tools, found, folder_ / "graph.tflite",
                                           folder_ / "compiled.tflite", options);
    try {
      whole = compile_with_litert(command, folder_ / "graph.tflite", folder_ / "compiled.tflite",
                                  folder_ / "log")
                  .is_whole();
    } catch (const Error&) {
      whole = false;
    }
    return read_file(folder_ / "log");
  }

  /// Numbers of int8, at random.
  std::vector<std::int8_t> numbers(std::size_t count) {
    std::uniform_int_distribution<int> any(-127, 127);
    std::vector<std::int8_t> values(count);
    for (std::int8_t& value : values) value = static_cast<std::int8_t>(any(random_));
    return values;
  }

  /// A tensor of values that are whole numbers of a scale, or so near that half precision still has
  /// them nearest to these.
  Tensor values(const Shape32& shape, float scale, int zero_point) {
    Tensor tensor(DType::float32, Shape(shape.begin(), shape.end()));
    std::uniform_int_distribution<int> any(-128, 127);
    for (float& value : tensor.floats()) {
      value = static_cast<float>(any(random_) - zero_point) * scale;
    }
    return tensor;
  }

  /// What a back end gives for these inputs.
  [[nodiscard]] Tensor run(const char* backend, const char* form, const std::string& file,
                           const std::vector<Tensor>& inputs, const Shape32& shape) const {
    ModelPart part{.name = "part"};
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      part.signature.inputs.push_back(port(concat("x", i), inputs[i].shape()));
    }
    const Shape result(shape.begin(), shape.end());
    part.signature.outputs.push_back(port("y0", result));
    part.files[form] = {folder_ / file};
    part.trust = Trust::any_files;
    BackendOptions options;
    options.neuron = SOTTO_SIMULATOR;
    const auto executable = make_backend(backend, options)->load(part);
    Tensor output(DType::float32, result);
    std::vector<const Tensor*> given;
    given.reserve(inputs.size());
    for (const Tensor& input : inputs) given.push_back(&input);
    Tensor* wanted = &output;
    executable->run(given, {&wanted, 1});
    return output;
  }

  /// Holds the simulator's numbers to LiteRT's: they are the same but where the result, before it
  /// is rounded, lies so near to the middle of two numbers (`nearness`, of the distance between
  /// them) that the one's arithmetic falls to the other side. Scales are no multiples of one
  /// another, so that results are spread evenly and few lie there.
  void compare(const std::vector<Tensor>& inputs, const Shape32& shape, float scale,
               double nearness) const {
    bool whole = false;
    const std::string log = compile("mt8189", whole);
    ASSERT_TRUE(whole) << log;
    const Tensor expected = run("litert", "tflite", "graph.tflite", inputs, shape);
    const Tensor found = run("neuron", "tflite@mt8189.tflite", "compiled.tflite", inputs, shape);
    const auto count = static_cast<std::size_t>(found.size());
    double differing = 0, largest = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const float a = std::round(expected.floats()[i] / scale);
      const float b = std::round(found.floats()[i] / scale);
      EXPECT_LE(std::abs(a - b), 1) << i;
      differing += a == b ? 0 : 1;
      largest = std::max(largest, static_cast<double>(std::abs(a)));
    }
    EXPECT_GT(largest, 100);
    const double expected_near = 2 * nearness * static_cast<double>(count);
    EXPECT_LE(differing, expected_near + 4 * std::sqrt(expected_near) + 1);
  }

  TempFolder folder_;
  std::mt19937 random_{17};
};

// Products and a sum of float32, each right to 2^-24 of at most 256.
constexpr double kFloatNearness = 0x1p-14;
// XNNPACK adds two with multipliers of 20 bits, of numbers up to 256.
constexpr double kSumNearness = 0x1p-11;
// LiteRT's own kernel of products of batches rounds twice: a sum times 0.0617 · 0.0309 / 0.433,
// which is 0.56 · 2^-7, first to whole 2^-7 of a number.
constexpr double kTwiceRoundedNearness = 0x1p-8;

TEST_F(QuantizedGraphs, OfALinearLayerAreLiterts) {
  QuantizedFile file;
  const Shape32 in{1, 33, 72}, out{1, 33, 40};
  const std::int32_t x = file.add_input(in, {{0.0311F}, 5});
  const std::int32_t w = file.add_constant({40, 72}, {{0.0123F}}, numbers(2880));
  const std::int32_t b = file.add_bias({{0.0311F * 0.0123F}}, std::vector<std::int32_t>(40, 777));
  file.add_output(file.add_operator(kFullyConnected, {x, w, b}, out, {{0.217F}, -9}), out);
  file.write(folder_ / "graph.tflite");
  std::vector<Tensor> inputs;
  inputs.push_back(values(in, 0.0311F, 5));
  compare(inputs, out, 0.217F, kFloatNearness);
}

TEST_F(QuantizedGraphs, OfALayerWithAScaleAChannelAreLiterts) {
  const Variable version("SOTTO_SIM_VERSION", "8.2.28");
  QuantizedFile file;
  const Shape32 in{1, 1, 40, 16}, out{1, 1, 19, 24};
  std::vector<float> scales(24), products(24);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    scales[i] = 0.004F + 0.001F * static_cast<float>(i);
    products[i] = scales[i] * 0.0613F;
  }
  const std::int32_t x = file.add_input(in, {{0.0613F}, -3});
  const std::int32_t w = file.add_constant({24, 1, 3, 16}, {scales}, numbers(1152));
  const std::int32_t b = file.add_bias({products}, std::vector<std::int32_t>(24, -1234));
  file.add_output(file.add_operator(kConv2D, {x, w, b}, out, {{0.471F}, 4}), out);
  file.write(folder_ / "graph.tflite");
  std::vector<Tensor> inputs;
  inputs.push_back(values(in, 0.0613F, -3));
  compare(inputs, out, 0.471F, kFloatNearness);
}

TEST_F(QuantizedGraphs, OfASumAndAProductAreLiterts) {
  for (const std::int32_t code : {kAdd, kMul}) {
    QuantizedFile file;
    const Shape32 in{1, 20, 64}, row{1, 1, 64};
    const std::int32_t a = file.add_input(in, {{0.0313F}, 3});
    const std::int32_t b = file.add_input(row, {{0.0191F}, -6});
    file.add_output(file.add_operator(code, {a, b}, in, {{code == kAdd ? 0.0407F : 0.0203F}, 1}),
                    in);
    file.write(folder_ / "graph.tflite");
    std::vector<Tensor> inputs;
    inputs.push_back(values(in, 0.0313F, 3));
    inputs.push_back(values(row, 0.0191F, -6));
    compare(inputs, in, code == kAdd ? 0.0407F : 0.0203F,
            code == kAdd ? kSumNearness : kFloatNearness);
  }
}

TEST_F(QuantizedGraphs, OfAProductOfBatchesAreLiterts) {
  QuantizedFile file;
  const Shape32 left{1, 3, 20, 32}, right{1, 3, 24, 32}, out{1, 3, 20, 24};
  const std::int32_t a = file.add_input(left, {{0.0617F}, 2});
  const std::int32_t b = file.add_input(right, {{0.0309F}, -1});
  file.add_output(file.add_operator(kBatchMatMul, {a, b}, out, {{0.433F}, 7}), out);
  file.write(folder_ / "graph.tflite");
  std::vector<Tensor> inputs;
  inputs.push_back(values(left, 0.0617F, 2));
  inputs.push_back(values(right, 0.0309F, -1));
  compare(inputs, out, 0.433F, kTwiceRoundedNearness);
}

// What single versions and SoCs are reported to refuse.
class QuantizedQuirks : public QuantizedGraphs {
 protected:
  /// A linear layer with a scale a channel, or one, and what its bias is of.
  enum class Bias { by_channel, whole };
  void write_layer(bool by_channel, Bias bias) {
    QuantizedFile file;
    const std::size_t channels = by_channel ? 8 : 1;
    const std::vector<float> scales(channels, 0.01F), products(channels, 0.0025F);
    const std::int32_t x = file.add_input({1, 4, 16}, {{0.25F}, 1});
    const std::int32_t w = file.add_constant({8, 16}, {scales}, numbers(128));
    const Quantized form{bias == Bias::by_channel ? products : std::vector{0.0025F}};
    const std::int32_t b = file.add_bias(form, std::vector<std::int32_t>(8, 100));
    file.add_output(file.add_operator(kFullyConnected, {x, w, b}, {1, 4, 8}, {{0.25F}}), {1, 4, 8});
    file.write(folder_ / "graph.tflite");
  }

  /// What the plugin says of a target and a version, and whether all was compiled.
  [[nodiscard]] std::string says(const std::string& target, const std::string& version,
                                 bool expected) const {
    const Variable set("SOTTO_SIM_VERSION", version);
    bool whole = !expected;
    std::string log = compile(target, whole);
    EXPECT_EQ(whole, expected) << log;
    return log;
  }
};

TEST_F(QuantizedQuirks, OfWeightsWithAScaleAChannelAreThoseOfThreeChips) {
  write_layer(true, Bias::by_channel);
  for (const char* target : {"mt6991", "mt6989", "mt6993"}) {
    EXPECT_THAT(says(target, target == std::string("mt6993") ? "9.0.4" : "8.2.28", false),
                HasSubstr("selected 2 ops, from a total of 3"));
  }
  EXPECT_THAT(says("mt8189", "8.2.28", true), HasSubstr("selected 3 ops, from a total of 3"));
  write_layer(false, Bias::whole);
  EXPECT_THAT(says("mt6991", "8.2.28", true), HasSubstr("selected 3 ops, from a total of 3"));
}

TEST_F(QuantizedQuirks, OfWholeBiasesAreThoseOf9Dot0Dot3) {
  write_layer(false, Bias::whole);
  EXPECT_THAT(says("mt8189", "9.0.3", false), HasSubstr("selected 2 ops, from a total of 3"));
  EXPECT_THAT(says("mt8189", "8.2.26", true), HasSubstr("selected 3 ops, from a total of 3"));
}

}  // namespace
}  // namespace sotto::test

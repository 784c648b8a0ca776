#include <cstdlib>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/base/shared_library.h"
#include "neuron/misuse.h"

// What the interface says of quantized tensors, each in a layer of int8 that is built call by call.

namespace sotto::test {
namespace {

using namespace neuron;
using testing::HasSubstr;

Result set_symmetric(ModelHandle* model, std::int32_t index,
                     const SymmetricChannelParameters* parameters) {
  static const SharedLibrary library(SOTTO_SIMULATOR);
  return library.function<Result(ModelHandle*, std::int32_t, const SymmetricChannelParameters*)>(
      "NeuronModel_setOperandSymmPerChannelQuantParams")(model, index, parameters);
}

Result set_general(ModelHandle* model, std::int32_t index, const ChannelParameters* parameters) {
  static const SharedLibrary library(SOTTO_SIMULATOR);
  return library.function<Result(ModelHandle*, std::int32_t, const ChannelParameters*)>(
      "NeuronModel_setOperandPerChannelQuantParams")(model, index, parameters);
}

/// x [1, 4] → QUANTIZE → FULLY_CONNECTED of weights [2, 4] → DEQUANTIZE, as a test describes it.
struct Layer {
  SimulatedModel made;
  std::int32_t input_type = type::tensor_quant8_asymm_signed, input_zero_point = 3;
  std::int32_t weight_type = type::tensor_quant8_symm;
  std::int32_t bias_type = type::tensor_int32;
  float input_scale = 0.5F, weight_scale = 0.25F, bias_scale = 0.125F;
  std::array<std::int8_t, 8> weights{1, 2, 3, 4, -1, -2, -3, 100};
  std::array<std::int32_t, 2> bias{8, -16};
  std::array<float, 2> scales{0.25F, 0.5F};

  bool is_int8_throughout = false;  ///< without QUANTIZE and DEQUANTIZE
  /// Adds more operations behind the first.
  std::function<void(Layer&)> more = [](Layer&) {};

  enum Operand : std::int32_t { x, quantized, weight, offset, activation, result, y };

  Result add(std::int32_t type, const std::vector<std::uint32_t>& extents, float scale = 0,
             std::int32_t zero_point = 0) {
    const OperandType described{type, static_cast<std::uint32_t>(extents.size()), extents.data(),
                                scale, zero_point};
    return api().model_add_operand(made.model, &described);
  }

  template <class Values>
  void set(Operand operand, const Values& values) {
    EXPECT_EQ(api().model_set_operand_value(made.model, operand, &values, sizeof(values)), kOk);
  }

  Layer& with_operands() {
    EXPECT_EQ(add(type::tensor_float32, {1, 4}), kOk);
    EXPECT_EQ(add(input_type, {1, 4}, input_scale, input_zero_point), kOk);
    EXPECT_EQ(add(weight_type, {2, 4}, weight_scale), kOk);
    EXPECT_EQ(add(bias_type, {2}, bias_scale), kOk);
    EXPECT_EQ(add(type::int32, {}), kOk);
    EXPECT_EQ(add(type::tensor_quant8_asymm_signed, {1, 2}, 0.5F, -1), kOk);
    EXPECT_EQ(add(type::tensor_float32, {1, 2}), kOk);
    set(weight, weights);
    set(offset, bias);
    set(activation, kNoActivation);
    return *this;
  }

  Result set_scales(Operand operand, const ChannelParameters& parameters) {
    return set_general(made.model, operand, &parameters);
  }

  Result compile() {
    if (!is_int8_throughout) {
      EXPECT_EQ(add_operation(made, operation::quantize, {x}, {quantized}), kOk);
    }
    more(*this);
    EXPECT_EQ(add_operation(made, operation::fully_connected,
                            {quantized, weight, offset, activation}, {result}),
              kOk);
    if (is_int8_throughout) {
      EXPECT_EQ(identify(made, {quantized}, {result}), kOk);
    } else {
      EXPECT_EQ(add_operation(made, operation::dequantize, {result}, {y}), kOk);
      EXPECT_EQ(identify(made, {x}, {y}), kOk);
    }
    EXPECT_EQ(api().model_relax_to_float16(made.model, true), kOk);
    EXPECT_EQ(api().model_finish(made.model), kOk);
    EXPECT_EQ(api().compilation_create(made.model, &made.compilation), kOk);
    return api().compilation_finish(made.compilation);
  }

  std::array<float, 2> run(const std::array<float, 4>& values) {
    std::array<float, 2> results{};
    EXPECT_EQ(api().execution_create(made.compilation, &made.execution), kOk);
    EXPECT_EQ(bind_input(made, 0, values.data(), sizeof(values)), kOk);
    EXPECT_EQ(
        api().execution_set_output(made.execution, 0, nullptr, results.data(), sizeof(results)),
        kOk);
    EXPECT_EQ(api().execution_compute(made.execution), kOk);
    return results;
  }
};

TEST(QuantizedLayer, ComputesWhatItsNumbersMean) {
  Layer layer;
  ASSERT_EQ(layer.with_operands().compile(), kOk);
  // x · w + b is 1·0.25 + 2·0.5 + 3·0.75 + 4·1 + 1 = 8.5; the other leaves the range of int8:
  // −0.25 − 1 − 2.25 + 100 − 2 = 94.5, of which (127 + 1) · 0.5 is left.
  EXPECT_THAT(layer.run({1, 2, 3, 4}), testing::ElementsAre(8.5F, 64));
}

TEST(QuantizedLayer, ComputesWithAScaleAChannel) {
  Layer layer;
  layer.weight_type = type::tensor_quant8_symm_per_channel;
  layer.bias_scale = 0;
  layer.with_operands();
  const SymmetricChannelParameters parameters{0, 2, layer.scales.data()};
  ASSERT_EQ(set_symmetric(layer.made.model, Layer::weight, &parameters), kOk);
  ASSERT_EQ(layer.compile(), kOk);
  // Of the second channel: −0.5 · 1 − 1 · 2 − 1.5 · 3 − 0.25 · 16 = −11, and 50 · 0 more.
  EXPECT_THAT(layer.run({1, 2, 3, 0}), testing::ElementsAre(4.5F, -11));
}

TEST(QuantizedLayer, HasInputsAndOutputsOfInt8) {
  Layer layer;
  layer.is_int8_throughout = true;
  ASSERT_EQ(layer.with_operands().compile(), kOk);
  std::size_t bytes = 0;
  EXPECT_EQ(api().compilation_input_padded_size(layer.made.compilation, 0, &bytes), kOk);
  EXPECT_EQ(bytes, 4U);
  EXPECT_EQ(api().compilation_output_padded_size(layer.made.compilation, 0, &bytes), kOk);
  EXPECT_EQ(bytes, 2U);
  ASSERT_EQ(api().compilation_network_size(layer.made.compilation, &bytes), kOk);
  std::vector<std::byte> network(bytes);
  ASSERT_EQ(api().compilation_store_network(layer.made.compilation, network.data(), bytes), kOk);

  // The same, stored and restored.
  SimulatedModel restored;
  api().model_free(restored.model);
  ASSERT_EQ(api().model_restore(&restored.model, &restored.compilation, network.data(), bytes),
            kOk);
  ASSERT_EQ(api().execution_create(restored.compilation, &restored.execution), kOk);
  const std::array<std::int8_t, 4> numbers{5, 7, 9, 11};  // 1, 2, 3 and 4
  std::array<std::int8_t, 2> results{};
  ASSERT_EQ(bind_input(restored, 0, numbers.data(), 4), kOk);
  ASSERT_EQ(api().execution_set_output(restored.execution, 0, nullptr, results.data(), 2), kOk);
  ASSERT_EQ(api().execution_compute(restored.execution), kOk);
  EXPECT_THAT(results, testing::ElementsAre(16, 127));
}

/// A way of being refused.
struct Case {
  const char* name;
  Result answer;
  const char* sentence;
  Result (*act)(Layer&);
};

Result with_channels(Layer& layer, const ChannelParameters& parameters) {
  layer.weight_type = type::tensor_quant8_symm_per_channel;
  return layer.with_operands().set_scales(Layer::weight, parameters);
}

constexpr std::array<float, 3> kScales{0.25F, 0.5F, 0};
constexpr std::array<std::int32_t, 2> kZeroPoints{0, 1};

const std::vector<Case>& cases_of_scales() {
  static const std::vector<Case> all{
      {"NoParameters", kUnexpectedNull, "expected parameters, found null",
       [](Layer& layer) {
         return set_symmetric(layer.with_operands().made.model, Layer::weight, nullptr);
       }},
      {"NoScales", kUnexpectedNull, "expected scales, found null",
       [](Layer& layer) {
         return with_channels(layer, {0, 2, nullptr, 0, nullptr});
       }},
      {"TooManyScales", kBadData, "expected a scale for each place of its first axis, found 3",
       [](Layer& layer) {
         return with_channels(layer, {0, 3, kScales.data(), 0, nullptr});
       }},
      {"AnotherAxis", kBadData, "found 2 for axis 1",
       [](Layer& layer) {
         return with_channels(layer, {1, 2, kScales.data(), 0, nullptr});
       }},
      {"AScaleOfZero", kBadData, "a scale is not above 0",
       [](Layer& layer) {
         return with_channels(layer, {0, 2, &kScales[1], 0, nullptr});
       }},
      {"ZeroPointsOfASymmetricType", kBadData, "has other zero points than 0",
       [](Layer& layer) {
         return with_channels(layer, {0, 2, kScales.data(), 2, kZeroPoints.data()});
       }},
      {"ScalesOfAnOperandWithOne", kBadData, "operand 2 of type 13 has no scale a channel",
       [](Layer& layer) {
         return layer.with_operands().set_scales(Layer::weight, {0, 2, kScales.data(), 0, nullptr});
       }},
      // LiteRT's issue 8098, of version 8.2.19; the one that is played is 8.2.26.
      {"ScalesOfABias", kBadData, "operand 3 of type 9014 has no scale a channel in this version",
       [](Layer& layer) {
         layer.bias_type = type::tensor_int32_per_channel;
         return layer.with_operands().set_scales(Layer::offset, {0, 2, kScales.data(), 0, nullptr});
       }},
  };
  return all;
}

const std::vector<Case>& cases_of_graphs() {
  static const std::vector<Case> all{
      {"WeightsWithoutTheirScales", kBadData, "weights of [2, 4] have no scales",
       [](Layer& layer) {
         layer.weight_type = type::tensor_quant8_symm_per_channel;
         layer.weight_scale = 0;
         return layer.with_operands().compile();
       }},
      {"AScaleOfABiasOfItsOwn", kBadData, "expected a bias with the scale 0.125",
       [](Layer& layer) {
         layer.bias_scale = 0.5F;
         return layer.with_operands().compile();
       }},
      {"AZeroPointOfASymmetricTensor", kBadData, "a tensor of type 13 has the zero point 3",
       [](Layer& layer) {
         layer.input_type = type::tensor_quant8_symm;
         return layer.with_operands().compile();
       }},
      {"AZeroPointOutOfRange", kBadData, "a tensor of type 14 has the zero point 300",
       [](Layer& layer) {
         layer.input_zero_point = 300;
         return layer.with_operands().compile();
       }},
      // What the plugin makes of tensors whose type it does not know.
      {"ATensorWithoutAScale", kUnmappable, "a quantized tensor has no scale",
       [](Layer& layer) {
         layer.input_scale = 0;
         return layer.with_operands().compile();
       }},
      {"AnotherOperation", kUnmappable, "the operation is not simulated of quantized tensors",
       [](Layer& layer) {
         layer.more = [](Layer& all) {
           EXPECT_EQ(all.add(all.input_type, {1, 4}, 0.5F), kOk);
           EXPECT_EQ(add_operation(all.made, operation::abs, {Layer::quantized}, {7}), kOk);
         };
         return layer.with_operands().compile();
       }},
      {"FloatAndInt8", kUnmappable, "float and quantized tensors are computed with one another",
       [](Layer& layer) {
         layer.more = [](Layer& all) {
           EXPECT_EQ(all.add(type::tensor_float32, {1, 4}), kOk);
           EXPECT_EQ(add_operation(all.made, operation::add,
                                   {Layer::x, Layer::quantized, Layer::activation}, {7}),
                     kOk);
         };
         return layer.with_operands().compile();
       }},
  };
  return all;
}

class QuantizedRules : public testing::TestWithParam<Case> {};

TEST_P(QuantizedRules, HaveAnAnswerAndASentence) {
  Layer layer;
  testing::internal::CaptureStderr();
  const Result answer = GetParam().act(layer);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_EQ(answer, GetParam().answer) << said;
  EXPECT_THAT(said, HasSubstr(GetParam().sentence));
}

INSTANTIATE_TEST_SUITE_P(OfGraphs, QuantizedRules, testing::ValuesIn(cases_of_graphs()),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(OfScales, QuantizedRules, testing::ValuesIn(cases_of_scales()),
                         [](const auto& info) { return std::string(info.param.name); });

// LiteRT's issue 7603.
TEST(QuantizedLayer, WithAScaleAChannelIsRefusedForThreeChips) {
  for (const char* soc : {"mt6989", "mt6991", "mt6993"}) {
    Layer layer;
    ASSERT_EQ(with_channels(layer, {0, 2, kScales.data(), 0, nullptr}), kOk);
    ::setenv("SOTTO_SIM_SOC", soc, 1);
    testing::internal::CaptureStderr();
    const Result answer = layer.compile();
    const std::string said = testing::internal::GetCapturedStderr();
    ::unsetenv("SOTTO_SIM_SOC");
    EXPECT_EQ(answer, kUnmappable) << said;
    EXPECT_THAT(said, HasSubstr(concat("a scale a channel do not compile for ", soc)));
  }
}

}  // namespace
}  // namespace sotto::test

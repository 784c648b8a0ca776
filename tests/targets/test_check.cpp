#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <string>

#include "compile/targets/check.h"
#include "tflite/raw_tflite.h"

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;
using Type = tflite::TensorType;

constexpr std::int32_t kAdd = 0, kMul = 18, kCustom = 32, kGather = 36, kExp = 47;

GraphReport check(const RawTflite& file, ToolchainName toolchain = ToolchainName::both,
                  const char* target = "mt8371") {
  const std::string bytes = file.bytes();
  const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "t.tflite", nullptr);
  return check_model(model, find_target(target), toolchain).graphs.at(0);
}

/// y = x · second, with `second` as it is told.
RawTflite product(const RawTensor& second) {
  RawTflite file;
  const auto x = file.add_tensor({"x", {1, 3}});
  const auto other = file.add_tensor(second);
  const auto y = file.add_tensor({"y", {1, 3}});
  file.add_operator(kMul, {x, other}, {y});
  file.inputs = {x};
  if (second.buffer == 0) file.inputs.push_back(other);
  file.outputs = {y};
  return file;
}

std::vector<Finding> findings(const RawTensor& second,
                              ToolchainName toolchain = ToolchainName::both) {
  return check(product(second), toolchain).findings;
}

RawTflite mask_of(float value) {
  RawTflite masked;
  const auto x = masked.add_tensor({"x", {1, 3}});
  const auto mask = masked.add_constant("mask", {1, 3}, {0.0F, value, value});
  const auto y = masked.add_tensor({"y", {1, 3}});
  masked.add_operator(kAdd, {x, mask}, {y});
  masked.inputs = {x};
  return masked;
}

TEST(Check, TakesWhatBothCompilersTake) {
  const GraphReport report = check(small_tflite());
  EXPECT_EQ(report.illegal(), 0U);
  EXPECT_EQ(report.operators, 3U);
  EXPECT_EQ(report.cost.multiply_adds, 5 * 3 * 4 + 5 * 5 * 3);
  ASSERT_TRUE(report.seconds);
  EXPECT_GT(*report.seconds, 0.0);
}

TEST(Check, NotesExactGelu) {
  RawTflite file = small_tflite();
  const auto exact = check(file).findings;
  ASSERT_THAT(exact, SizeIs(1));
  EXPECT_EQ(exact[0].kind, Finding::Kind::note);
  EXPECT_EQ(exact[0].operator_name, "GELU");
  EXPECT_THAT(exact[0].reason, HasSubstr("tanh"));
  file.operators[1].approximate_gelu = true;
  EXPECT_THAT(check(file).findings, SizeIs(0));
}

TEST(Check, GeluOfTanhFormDiffersAsMuchAsItSays) {
  double largest = 0;
  for (int i = -8000; i < 8000; ++i) {
    const double x = i / 1000.0;
    const double exact = x / 2 * (1 + std::erf(x / std::sqrt(2.0)));
    const double inner = std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x);
    largest = std::max(largest, std::abs(exact - x / 2 * (1 + std::tanh(inner))));
  }
  EXPECT_LT(largest, 0.0005);
  EXPECT_GT(largest, 0.0004);
}

TEST(Check, NamesTheOperatorAndWhatToDoInstead) {
  RawTflite file = small_tflite();
  const auto rows = file.add_tensor({"rows", {2, 4}});
  const auto ids = file.add_integers("ids", {0, 1});
  file.add_operator(kGather, {1, ids}, {rows});
  file.add_operator(kExp, {rows}, {file.add_tensor({"grown", {2, 4}})});
  const GraphReport report = check(file);
  EXPECT_EQ(report.illegal(), 2U);
  const Finding& gather = report.findings[1];
  EXPECT_EQ(gather.operation, 3U);
  EXPECT_EQ(gather.operator_name, "GATHER");
  EXPECT_EQ(gather.tensor, "rows");
  EXPECT_EQ(gather.reason, "GATHER has no NPU operator");
  EXPECT_THAT(gather.remedy, HasSubstr("on the CPU"));
  EXPECT_THAT(report.findings[2].reason, HasSubstr("plugin does not take EXP"));
  EXPECT_EQ(check(file, ToolchainName::ncc).illegal(), 1U);
}

TEST(Check, TakesMediaTeksOwnOperatorsByItsOwnRoad) {
  RawTflite file = small_tflite();
  file.add_operator(kCustom, {3}, {file.add_tensor({"normal", {1, 5, 3}})},
                    "MTKEXT_LAYER_NORMALIZATION");
  EXPECT_EQ(check(file, ToolchainName::ncc).illegal(), 0U);
  EXPECT_EQ(check(file).illegal(), 1U);
  file.add_operator(kCustom, {3}, {file.add_tensor({"erf", {1, 5, 3}})}, "FlexErf");
  EXPECT_EQ(check(file, ToolchainName::ncc).illegal(), 1U);
}

TEST(Check, WantsFourFixedAxesAtMost) {
  const auto deep = findings({"deep", {1, 1, 1, 1, 3}});
  ASSERT_THAT(deep, SizeIs(1));
  EXPECT_EQ(deep[0].tensor, "deep");
  EXPECT_THAT(deep[0].reason, HasSubstr("a value that has 5 axes, and NPUs have at most 4"));
  RawTensor open{"open", {1, 3}};
  open.shape_signature = {-1, 3};
  ASSERT_THAT(findings(open), SizeIs(1));
  EXPECT_THAT(findings(open)[0].reason, HasSubstr("no fixed shape"));
  EXPECT_THAT(findings({"fine", {1, 1, 1, 3}}), SizeIs(0));
}

TEST(Check, KnowsTheElementTypesOfEachRoad) {
  for (const Type type : {Type::float32, Type::float16, Type::int32, Type::uint8}) {
    EXPECT_THAT(findings({"t", {1, 3}, type}), SizeIs(0)) << to_string(type);
  }
  for (const Type type : {Type::int64, Type::float64, Type::string, Type::complex64}) {
    EXPECT_THAT(findings({"t", {1, 3}, type}), SizeIs(1)) << to_string(type);
  }
  RawTensor quantized{"q", {1, 3}, Type::int8};
  EXPECT_THAT(findings(quantized), SizeIs(1));
  EXPECT_THAT(findings(quantized, ToolchainName::ncc), SizeIs(0));
  quantized.scales = {0.5F, 0.5F, 0.5F};
  EXPECT_THAT(findings(quantized), SizeIs(0));
  quantized.type = Type::int16;  // of which the plugin wants one scale
  EXPECT_THAT(findings(quantized), SizeIs(1));
  quantized.scales = {0.5F};
  EXPECT_THAT(findings(quantized), SizeIs(0));
}

// LiteRT's issues 7603 and 8098 name the three.
TEST(Check, SaysWhereScalesByChannelAreReportedToFail) {
  RawTensor quantized{"q", {1, 3}, Type::int8, 1, {}, {0.5F, 0.5F, 0.5F}};
  RawTflite file = product(quantized);
  file.buffers.push_back({"abc"});
  for (const char* name : {"mt6989", "mt6991", "mt6993"}) {
    const GraphReport report = check(file, ToolchainName::litert, name);
    EXPECT_EQ(report.illegal(), 0U) << name;
    ASSERT_THAT(report.findings, SizeIs(1)) << name;
    EXPECT_EQ(report.findings[0].tensor, "q");
    EXPECT_THAT(report.findings[0].reason, AllOf(HasSubstr("a constant that has a scale a channel"),
                                                 HasSubstr("LiteRT 2.1.5 (Neuron 8.2.19)")));
  }
  EXPECT_THAT(check(file, ToolchainName::ncc, "mt6991").findings, SizeIs(0));
  EXPECT_THAT(check(file, ToolchainName::litert, "mt8189").findings, SizeIs(0));
  file.tensors[1].scales = {0.5F};
  EXPECT_THAT(check(file, ToolchainName::litert, "mt6991").findings, SizeIs(0));
}

TEST(Check, FindsNumbersThatFloat16DoesNotHave) {
  EXPECT_THAT(check(mask_of(-10000.0F)).findings, SizeIs(0));
  EXPECT_THAT(check(mask_of(-65504.0F)).findings, SizeIs(0));
  for (const float value : {-1e9F, -65505.0F, -std::numeric_limits<float>::infinity(), 1e5F,
                            std::numeric_limits<float>::quiet_NaN()}) {
    const auto found = check(mask_of(value)).findings;
    ASSERT_THAT(found, SizeIs(1)) << value;
    EXPECT_EQ(found[0].kind, Finding::Kind::illegal);
    EXPECT_EQ(found[0].tensor, "mask");
    EXPECT_THAT(found[0].reason, HasSubstr("2 numbers beyond ±65504"));
  }
  RawTflite half = product({"m", {1, 3}, Type::float16, 1});
  half.buffers.push_back({std::string("\x00\x00\x00\xfc\x00\xfc", 6)});  // −inf
  EXPECT_THAT(check(half).findings, SizeIs(1));
}

RawTflite long_graph(std::size_t operators) {
  RawTflite file = product({"t", {1, 3}});
  file.operators.resize(operators, file.operators[0]);
  for (RawOperator& op : file.operators) op.outputs = {file.add_tensor({"y", {1, 3}})};
  file.outputs = file.operators.back().outputs;
  return file;
}

TEST(Check, CountsOperatorsAgainstTheBudget) {
  EXPECT_THAT(check(long_graph(kComfortableOperators)).findings, SizeIs(0));
  const GraphReport near = check(long_graph(kComfortableOperators + 1));
  EXPECT_EQ(near.illegal(), 0U);
  ASSERT_THAT(near.findings, SizeIs(1));
  EXPECT_FALSE(near.findings[0].operation);
  const GraphReport beyond = check(long_graph(kOperatorBudget + 1));
  EXPECT_EQ(beyond.illegal(), 1U);
  EXPECT_THAT(beyond.findings[0].reason, HasSubstr("4501 operators"));
}

TEST(Check, EstimatesNothingWhereNothingIsPublic) {
  const std::string bytes = small_tflite().bytes();
  const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "t.tflite", nullptr);
  EXPECT_FALSE(check_model(model, find_target("mt6989")).graphs[0].seconds);
  EXPECT_TRUE(check_model(model, find_target("mt6989")).passed());
}

}  // namespace
}  // namespace sotto::test

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "compile/targets/check.h"
#include "tflite/raw_tflite.h"

// Chips with MDLA 3.0, held to MediaTek's guidelines for it: the operators, sizes and types of its
// page for MT8188, as far as that could be read.

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Type = tflite::TensorType;

constexpr std::int32_t kAdd = 0, kConv2d = 3, kMul = 18;

GraphReport check(const RawTflite& file, ToolchainName toolchain = ToolchainName::ncc,
                  const char* target = "mt8390") {
  const std::string bytes = file.bytes();
  const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "t.tflite", nullptr);
  return check_model(model, find_target(target), toolchain).graphs.at(0);
}

/// The operator over x and `second`.
RawTflite file_of(std::int32_t code, const RawTensor& second) {
  RawTflite file;
  const auto x = file.add_tensor({"x", {1, 3}});
  const auto other = file.add_tensor(second);
  const auto y = file.add_tensor({"y", {1, 3}});
  file.add_operator(code, {x, other}, {y});
  file.inputs = {x};
  if (second.buffer == 0) file.inputs.push_back(other);
  file.outputs = {y};
  return file;
}

TEST(Mdla30, IsThatOfFourChips) {
  for (const char* name : {"mt8188", "mt8370", "mt8390", "mt6983"}) {
    const ToolchainSet toolchains = toolchains_for(find_target(name), ToolchainName::both);
    EXPECT_EQ(find_target(name).generation, "mdla3.0") << name;
    EXPECT_TRUE(toolchains.ncc && toolchains.litert) << name;
    EXPECT_EQ(toolchains.mdla, MdlaTable::v3_0) << name;
  }
  EXPECT_EQ(toolchains_for(find_target("mt8371"), ToolchainName::both).mdla, MdlaTable::v5_3);
}

const ToolchainSet kNcc{true, false, MdlaTable::v3_0};

TEST(Mdla30, HasTheOperatorsThatCouldBeRead) {
  for (const char* name : {"ABS",
                           "AVERAGE_POOL_2D",
                           "BATCH_TO_SPACE_ND",
                           "CONCATENATION",
                           "CONV_2D",
                           "DEPTHWISE_CONV_2D",
                           "DEPTH_TO_SPACE",
                           "DEQUANTIZE",
                           "ADD",
                           "DIV",
                           "MUL",
                           "SUB",
                           "ELU",
                           "FULLY_CONNECTED",
                           "HARD_SWISH",
                           "L2_POOL_2D",
                           "MAX_POOL_2D",
                           "MAXIMUM",
                           "MEAN",
                           "MINIMUM",
                           "MIRROR_PAD",
                           "NEG",
                           "PACK",
                           "PAD",
                           "POW",
                           "PRELU",
                           "TRANSPOSE_CONV"}) {
    EXPECT_FALSE(object_to_operator(name, kNcc)) << name;
    EXPECT_FALSE(is_unread(name, kNcc)) << name;
  }
}

TEST(Mdla30, LacksWhatWouldStandInThePartThatCouldBeRead) {
  for (const char* name :
       {"ARG_MAX", "ARG_MIN", "BATCH_MATMUL", "CAST", "EXP", "GELU", "L2_NORMALIZATION", "LSTM"}) {
    const auto objection = object_to_operator(name, kNcc);
    ASSERT_TRUE(objection) << name;
    EXPECT_EQ(objection->reason,
              std::string(name) + " is not in MediaTek's public list for MDLA 3.0");
    EXPECT_THAT(objection->remedy, Not(HasSubstr("docs/targets.md"))) << name;
  }
  EXPECT_THAT(object_to_operator("BATCH_MATMUL", kNcc)->remedy, HasSubstr("FULLY_CONNECTED"));
  EXPECT_THAT(object_to_operator("GELU", kNcc)->remedy, HasSubstr("TANH"));
}

TEST(Mdla30, TakesFromMdla53WhatCouldNotBeRead) {
  for (const char* name : {"LOGISTIC", "RELU", "RESHAPE", "RSQRT", "SLICE", "SOFTMAX",
                           "SQUARED_DIFFERENCE", "STRIDED_SLICE", "TANH", "TRANSPOSE"}) {
    EXPECT_FALSE(object_to_operator(name, kNcc)) << name;
    EXPECT_TRUE(is_unread(name, kNcc)) << name;
    EXPECT_FALSE(is_unread(name, ToolchainSet{true, false})) << name;
  }
  for (const char* name : {"GATHER", "WHILE", "TOPK_V2", "operator 999"}) {
    ASSERT_TRUE(object_to_operator(name, kNcc)) << name;
    EXPECT_THAT(object_to_operator(name, kNcc)->reason,
                AllOf(HasSubstr("MDLA 3.0, as far as that could be read"), HasSubstr("MDLA 5.3")));
  }
}

TEST(Mdla30, SaysOnceWhereThePublicListEnds) {
  RawTflite file = file_of(kAdd, {"second", {1, 3}});
  constexpr std::int32_t kLogistic = 14, kTanh = 28;
  for (const std::int32_t code : {kTanh, kLogistic, kTanh}) {
    file.add_operator(code, {2}, {file.add_tensor({"z", {1, 3}})});
  }
  const GraphReport report = check(file);
  EXPECT_EQ(report.illegal(), 0U);
  ASSERT_THAT(report.findings, SizeIs(1));
  EXPECT_FALSE(report.findings[0].operation);
  EXPECT_THAT(report.findings[0].reason,
              AllOf(HasSubstr("up to POW"), HasSubstr("LOGISTIC, TANH is taken from MDLA 5.3")));
  EXPECT_THAT(check(file_of(kAdd, {"second", {1, 3}})).findings, SizeIs(0));
}

TEST(Mdla30, IsBehindLitertToo) {
  RawTflite file = small_tflite();
  EXPECT_EQ(check(file).illegal(), 2U);
  EXPECT_EQ(check(file, ToolchainName::both).illegal(), 2U);
  const GraphReport by_litert = check(file, ToolchainName::litert);
  EXPECT_EQ(by_litert.illegal(), 0U);
  ASSERT_THAT(by_litert.findings, SizeIs(3));  // GELU is exact, too
  EXPECT_EQ(by_litert.findings[0].operator_name, "GELU");
  EXPECT_EQ(by_litert.findings[0].kind, Finding::Kind::note);
  EXPECT_THAT(by_litert.findings[2].reason,
              AllOf(HasSubstr("BATCH_MATMUL is not in MediaTek's public list"),
                    HasSubstr("LiteRT's plugin hands it on")));
  EXPECT_EQ(check(file, ToolchainName::litert, "mt8189").findings.size(), 1U);
  const auto composite = check(composite_tflite("odml.rms_norm"), ToolchainName::litert).findings;
  ASSERT_THAT(composite, SizeIs(1));
  EXPECT_THAT(composite[0].reason, HasSubstr("odml.rms_norm is neither in MediaTek's public list"));
}

TEST(Mdla30, HasAxesOfAtMost65535) {
  const auto report = [](std::int32_t extent) {
    RawTflite file = file_of(kMul, {"second", {1, 1}});
    file.tensors[0].shape = file.tensors[2].shape = {1, extent};
    return check(file);
  };
  EXPECT_THAT(report(65535).findings, SizeIs(0));
  ASSERT_EQ(report(65536).illegal(), 2U);
  EXPECT_THAT(report(65536).findings[0].reason, HasSubstr("an axis of 65536"));
}

TEST(Mdla30, HasNoValuesOfInt32) {
  const auto by_type = [](Type type, std::uint32_t buffer) {
    RawTflite file = file_of(kMul, {"second", {1, 3}, type, buffer});
    if (buffer != 0) file.buffers.push_back({std::string(12, '\0')});
    return check(file).findings;
  };
  for (const Type type : {Type::float32, Type::float16, Type::int8, Type::uint8, Type::int16}) {
    EXPECT_THAT(by_type(type, 0), SizeIs(0)) << to_string(type);
  }
  ASSERT_THAT(by_type(Type::int32, 0), SizeIs(1));
  EXPECT_THAT(by_type(Type::int32, 0)[0].reason, HasSubstr("is int32, which is not among"));
  EXPECT_THAT(by_type(Type::int32, 1), SizeIs(0));
}

TEST(Mdla30, HasScalesByChannelForSomeOperatorsAlone) {
  RawTensor weights{"w", {1, 3}, Type::int8, 1, {}, {0.5F, 0.5F, 0.5F}};
  const auto by_operator = [&](std::int32_t code) {
    RawTflite file = file_of(code, weights);
    file.buffers.push_back({"abc"});
    return check(file).findings;
  };
  EXPECT_THAT(by_operator(kConv2d), SizeIs(0));
  const auto product = by_operator(kMul);
  ASSERT_THAT(product, SizeIs(1));
  EXPECT_EQ(product[0].kind, Finding::Kind::illegal);
  EXPECT_THAT(product[0].reason, HasSubstr("a scale a channel"));
  weights.scales = {0.5F};
  EXPECT_THAT(by_operator(kMul), SizeIs(0));
}

}  // namespace
}  // namespace sotto::test

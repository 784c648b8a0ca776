#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "compile/targets/check.h"
#include "core/base/error.h"
#include "tflite/raw_tflite.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr std::int32_t kGather = 36;  // of two inputs, as MUL

CheckReport check(const RawTflite& file, ToolchainName toolchain) {
  const std::string bytes = file.bytes();
  const TfliteModel model = parse_tflite(std::as_bytes(std::span(bytes)), "t.tflite", nullptr);
  return check_model(model, find_target("mt6991"), toolchain);
}

Finding only_finding(const RawTflite& file, ToolchainName toolchain) {
  const CheckReport report = check(file, toolchain);
  EXPECT_THAT(report.graphs.at(0).findings, SizeIs(1));
  return report.graphs.at(0).findings.at(0);
}

TEST(Composites, AreLegalWhereThePluginTakesThem) {
  for (const RawTflite& file : {composite_tflite("odml.rms_norm"), composite_tflite("odml.l2_norm"),
                                composite_tflite("odml.group_norm", attribute("num_groups", 1))}) {
    EXPECT_TRUE(check(file, ToolchainName::litert).passed());
    EXPECT_THAT(check(file, ToolchainName::litert).graphs[0].findings, SizeIs(0));
    for (const ToolchainName toolchain : {ToolchainName::ncc, ToolchainName::both}) {
      const Finding finding = only_finding(file, toolchain);
      EXPECT_EQ(finding.kind, Finding::Kind::illegal);
      EXPECT_EQ(finding.operator_name, file.operators[0].composite_name);
      EXPECT_EQ(finding.reason, concat("ncc-tflite is not known to take composites, and ",
                                       finding.operator_name, " is one"));
      EXPECT_THAT(spell_options(finding.remedy), HasSubstr("toolchain=litert"));
    }
  }
}

TEST(Composites, AreWhatStandsBehindThemWhereItDoesNot) {
  for (RawTflite file : {composite_tflite("odml.scaled_dot_product_attention"),
                         composite_tflite("odml.group_norm", attribute("num_groups", 32)),
                         composite_tflite("odml.group_norm")}) {
    const CheckReport report = check(file, ToolchainName::litert);
    EXPECT_TRUE(report.passed());
    ASSERT_THAT(report.graphs, SizeIs(2));
    ASSERT_THAT(report.graphs[0].findings, SizeIs(1));
    EXPECT_EQ(report.graphs[0].findings[0].kind, Finding::Kind::note);
    EXPECT_THAT(report.graphs[0].findings[0].reason, HasSubstr("the operators of its graph"));
    file.codes[1].code = kGather;
    EXPECT_FALSE(check(file, ToolchainName::litert).passed());
    EXPECT_FALSE(check(file, ToolchainName::ncc).passed());
  }
  EXPECT_THAT(only_finding(composite_tflite("my\nop"), ToolchainName::ncc).reason,
              HasSubstr("my\\x0aop"));
}

TEST(Composites, HideTheirGraphsWhereTheyAreTaken) {
  RawTflite file = composite_tflite("odml.rms_norm");
  file.codes[1].code = kGather;
  EXPECT_THAT(check(file, ToolchainName::litert).graphs, SizeIs(1));
  EXPECT_TRUE(check(file, ToolchainName::litert).passed());
  file.operators[0].composite_name = "odml.unheard_of";
  const CheckReport untaken = check(file, ToolchainName::litert);
  ASSERT_THAT(untaken.graphs, SizeIs(2));
  EXPECT_EQ(untaken.graphs[1].illegal(), 1U);
}

// What is to be written out for ncc-tflite is told of, too.
TEST(Composites, HideNothingFromNcc) {
  RawTflite file = composite_tflite("odml.rms_norm");
  file.codes[1].code = kGather;
  for (const ToolchainName toolchain : {ToolchainName::ncc, ToolchainName::both}) {
    const CheckReport report = check(file, toolchain);
    ASSERT_THAT(report.graphs, SizeIs(2));
    EXPECT_EQ(report.graphs[1].illegal(), 1U);
  }
}

TEST(Composites, HideWhatTheirGraphsCall) {
  RawTflite file = composite_tflite("odml.rms_norm");
  RawGraph behind = file.more_graphs[0];
  RawOperator call = file.operators[0];
  call.composite_name = "other";
  call.decomposition = 2;
  call.inputs = {0, 1};
  file.more_graphs[0].operators = {call};
  file.more_graphs.push_back(behind);
  EXPECT_THAT(check(file, ToolchainName::litert).graphs, SizeIs(1));
  file.operators[0].composite_name = "another";
  const CheckReport twice = check(file, ToolchainName::litert);
  ASSERT_THAT(twice.graphs, SizeIs(3));
  EXPECT_EQ(twice.graphs[0].illegal(), 0U);
  ASSERT_EQ(twice.graphs[1].illegal(), 1U);
  EXPECT_THAT(twice.graphs[1].findings[0].reason, HasSubstr("in the graph of another"));
}

TEST(Composites, DoNotHideAGraphThatIsCalledOtherwise) {
  RawTflite file = composite_tflite("odml.rms_norm");
  file.operators[0].decomposition = 0;
  EXPECT_THAT(check(file, ToolchainName::litert).graphs, SizeIs(2));
  file.operators[0].decomposition = 1;
  file.signature_graph = 1;
  file.signature_inputs = {{"a", 0}, {"b", 1}};
  file.signature_outputs = {{"c", 2}};
  EXPECT_THAT(check(file, ToolchainName::litert).graphs, SizeIs(2));
}

}  // namespace
}  // namespace sotto::test

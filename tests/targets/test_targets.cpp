#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

#include "compile/targets/legality.h"
#include "compile/targets/roofline.h"
#include "compile/targets/target.h"
#include "core/base/error.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

template <class Act>
std::string usage_error(Act act) {
  return test::expect_error(ErrorKind::usage, "", act);
}

TEST(Targets, AreFoundByNameInAnyCase) {
  EXPECT_EQ(find_target("mt8371").generation, "mdla5.3");
  EXPECT_EQ(find_target("MT6991").ncc->num_mdla, 4);
  EXPECT_THAT(usage_error([] { static_cast<void>(find_target("mt1")); }),
              AllOf(HasSubstr("mt8371"), HasSubstr("mt8188"), HasSubstr("found \"mt1\"")));
}

struct PopularName {
  const char* popular;
  const char* name;
};

TEST(Targets, AreFoundByTheNamesThatPeopleUse) {
  for (const PopularName& known : std::vector<PopularName>{{"genio 700", "mt8390"},
                                                           {"Genio-510", "mt8370"},
                                                           {"GENIO_520", "mt8371"},
                                                           {"genio1200", "mt8395"},
                                                           {"Genio 720", "mt8391"},
                                                           {"mt8391", "mt8391"},
                                                           {"MT8390", "mt8390"},
                                                           {"mt-8390", "mt8390"},
                                                           {" mt 8390 ", "mt8390"},
                                                           {"Dimensity 9400", "mt6991"},
                                                           {"dimensity9400+", "mt6991"},
                                                           {"MediaTek Dimensity 9300+", "mt6989"},
                                                           {"mediatek mt6983", "mt6983"},
                                                           {"Kompanio 838", "mt8188"}}) {
    EXPECT_EQ(find_target(known.popular).name, known.name) << known.popular;
  }
}

TEST(Targets, OfOtherNamesAreAnsweredWithThoseNearThem) {
  const auto sentence = [](const char* name) {
    return usage_error([&] { static_cast<void>(find_target(name)); });
  };
  EXPECT_THAT(sentence("genio 701"),
              AllOf(HasSubstr("found \"genio 701\"; near it: mt8390 (Genio 700)"),
                    Not(HasSubstr("mt6991"))));
  EXPECT_THAT(sentence("Dimensity 9410"), HasSubstr("near it: mt6991 (Dimensity 9400)"));
  EXPECT_THAT(sentence("mt8392"), AllOf(HasSubstr("mt8390 (Genio 700)"), HasSubstr("mt8391")));
  for (const char* name : {"", " ", "mediatek", "snapdragon 8 gen 3", "x\ny"}) {
    EXPECT_THAT(sentence(name), AllOf(HasSubstr("expected one of mt8371, "), HasSubstr("mt8188"),
                                      Not(HasSubstr("\n"))));
  }
  EXPECT_THAT(sentence(std::string(100'000, 'm').c_str()), HasSubstr("expected one of"));
}

TEST(Targets, HaveNamesOfTheirOwnAndSayWhatIsKnown) {
  std::set<std::string_view> names;
  for (const Target& target : targets()) {
    EXPECT_TRUE(names.insert(target.name).second) << target.name;
    EXPECT_FALSE(target.evidence.empty()) << target.name;
  }
}

TEST(Targets, CanBeReachedOrSayWhyNot) {
  for (const Target& target : targets()) {
    if (!target.refusal.empty()) continue;
    const ToolchainSet toolchains = toolchains_for(target, ToolchainName::both);
    EXPECT_TRUE(toolchains.ncc || toolchains.litert) << target.name;
  }
  EXPECT_THAT(std::string(find_target("mt8395").refusal), HasSubstr("not for transformer models"));
}

TEST(Targets, HaveTheFlagsThatAreUsedInTheField) {
  const Target& target = find_target("mt8371");
  EXPECT_EQ(target.ncc->arch, "mdla5.3,edma3.6");
  EXPECT_EQ(target.ncc->l1_size_kb, 256);
  EXPECT_EQ(target.ncc->num_mdla, 1);
  EXPECT_EQ(target.litert_soc, "mt8189");
}

TEST(ToolchainSet, AreThoseThatThereAre) {
  const ToolchainSet only_ncc = toolchains_for(find_target("mt6899"), ToolchainName::both);
  EXPECT_TRUE(only_ncc.ncc);
  EXPECT_FALSE(only_ncc.litert);
  const ToolchainSet only_plugin = toolchains_for(find_target("mt6989"), ToolchainName::both);
  EXPECT_FALSE(only_plugin.ncc);
  EXPECT_TRUE(only_plugin.litert);
  EXPECT_THAT(usage_error([] {
                static_cast<void>(toolchains_for(find_target("mt6989"), ToolchainName::ncc));
              }),
              HasSubstr("expected litert for mt6989"));
  EXPECT_THAT(usage_error([] {
                static_cast<void>(toolchains_for(find_target("mt6899"), ToolchainName::litert));
              }),
              HasSubstr("expected ncc for mt6899"));
}

TEST(Operators, AreLegalWhereEveryRoadTakesThem) {
  const ToolchainSet ncc{true, false}, litert{false, true}, both{true, true};
  for (const char* name : {"FULLY_CONNECTED", "BATCH_MATMUL", "SOFTMAX", "GELU", "CONV_2D"}) {
    EXPECT_FALSE(object_to_operator(name, both)) << name;
  }
  EXPECT_FALSE(object_to_operator("EXPAND_DIMS", ncc));
  EXPECT_THAT(object_to_operator("EXPAND_DIMS", both)->reason, HasSubstr("plugin does not take"));
  EXPECT_FALSE(object_to_operator("PADV2", litert));
  EXPECT_THAT(object_to_operator("PADV2", both)->reason, HasSubstr("PADV2 has no NPU operator"));
}

TEST(Operators, AreRefusedWithWhatToDoInstead) {
  const ToolchainSet both{true, true};
  EXPECT_EQ(object_to_operator("GATHER", both)->reason, "GATHER has no NPU operator");
  EXPECT_THAT(object_to_operator("GATHER", both)->remedy,
              HasSubstr("look the embedding up on the CPU and feed its rows"));
  for (const char* name : {"WHILE", "SELECT_V2", "LOG_SOFTMAX", "STABLEHLO_ADD", "operator 999"}) {
    ASSERT_TRUE(object_to_operator(name, both)) << name;
    EXPECT_FALSE(object_to_operator(name, both)->remedy.empty()) << name;
  }
}

TEST(Operators, OfMediaTeksConverterAreForItsCompilerAlone) {
  EXPECT_FALSE(object_to_custom_operator("MTKEXT_GELU", {true, false}));
  EXPECT_THAT(spell_options(object_to_custom_operator("MTKEXT_GELU", {true, true})->remedy),
              HasSubstr("toolchain=ncc"));
  EXPECT_THAT(object_to_custom_operator("my\nop", {true, false})->reason, HasSubstr("my\\x0aop"));
  EXPECT_THAT(object_to_custom_operator("DISPATCH_OP", {true, true})->reason,
              HasSubstr("compiled for an NPU already"));
}

struct Published {
  const char* what;
  Work work;
  double seconds;
};

// Others' measurements on MT8371; the work is counted off the graphs that they ran. The encoder of
// base was measured twice, with 88 and 179 ms: between them.
TEST(Roofline, ComesNearThePublishedFigures) {
  const std::vector<Published> all{
      {"base, encoder", {43'683'840'000, 41'200'000, 4'032'000}, 0.1255},
      {"base, decoder of 448 rows", {31'842'074'624, 104'400'000, 96'931'584}, 0.110},
      {"base, a step over its cache", {4'779'000'000, 104'400'000, 88'080'384}, 0.0442},
      {"large-v3-turbo, encoder of 30 s", {1'136'885'760'000, 1'270'000'000, 9'216'000}, 3.455},
      {"large-v3-turbo, encoder of 10 s", {338'001'920'000, 1'270'000'000, 3'072'000}, 0.942},
  };
  for (const Published& figure : all) {
    const double estimate = estimate_seconds(figure.work, *find_target("mt8371").speed);
    EXPECT_NEAR(estimate / figure.seconds, 1.0, 0.1) << figure.what << ": " << estimate;
  }
}

TEST(Roofline, ScalesWhatIsComputedAndNotWhatIsCopied) {
  const Target::Speed one = *find_target("mt8371").speed, four = *find_target("mt6991").speed;
  const Work computed{1'000'000'000'000, 0, 0}, copied{0, 0, 1'000'000'000};
  EXPECT_DOUBLE_EQ(estimate_seconds(computed, one), 4 * estimate_seconds(computed, four));
  EXPECT_DOUBLE_EQ(estimate_seconds(copied, one), estimate_seconds(copied, four));
}

}  // namespace
}  // namespace sotto::test

// The toolchains to a compiler, walked by the built program: MediaTek's converter (a stand-in,
// named so), LiteRT's MediaTek plugin (the real one, over a stand-in for MediaTek's compiler) and
// ncc-tflite (a script that plays it).
#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "core/bundle/bundle.h"
#include "core/bundle/graph_table.h"
#include "core/tflite/litert_files.h"
#include "core/tflite/tflite_model.h"
#include "fake_tool.h"
#include "plugin/plugin_run.h"
#include "support/files.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;

nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

class ToolchainSet : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    for (const char* name : {"MTK_NEURON_SDK", "MTK_CONVERTER_PATH", "SOTTO_MTK_PYTHON"}) {
      ::unsetenv(name);
    }
  }

  ProgramRun export_model(const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"export",       path("model.pt"), "-o",
                                       path("models"), "--name",         "quick"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_sotto(arguments);
  }

  /// Sets the stand-in converter up; skips where torch or LiteRT is missing.
  void stand_in() {
    const char* python = std::getenv("SOTTO_ORACLE_PYTHON");
    if (python == nullptr) GTEST_SKIP() << "SOTTO_ORACLE_PYTHON is not set: no torch";
    if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
    ::setenv("SOTTO_LITERT", find_litert().folder.c_str(), 1);
    ::setenv("SOTTO_MTK_PYTHON", python, 1);
    ::setenv("MTK_CONVERTER_PATH", std::filesystem::absolute("tests/toolchains/stand_in").c_str(),
             1);
    ::setenv("SOTTO_STAND_IN_PROGRAM", SOTTO_PROGRAM, 1);
  }

  std::filesystem::path write_ncc(const std::string& script) {
    return write_fake_tool(folder_ / "sdk/host/bin/ncc-tflite", script);
  }

  [[nodiscard]] std::vector<std::string> compile(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"compile", path("models")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
};

// A script that answers --version and writes the file behind --dla-file.
constexpr const char* kGoodNcc = R"sh(if [ "$1" = --version ]; then echo 'ncc 8.2.26'; exit 0; fi
while [ "$1" != --dla-file ]; do shift; done
echo "compiled from $3" >"$2")sh";

TEST_F(ToolchainSet, MediateksConverterAndItsExecutor) {
  stand_in();
  if (IsSkipped()) return;
  const ProgramRun made = export_model({"--converter", "mtk"});
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  const Bundle bundle = Bundle::open(path("models"));
  EXPECT_EQ(bundle.record(graph_role(GraphKind::encoder, Form::mtk)).name,
            "encoder_quick_100_mtk.tflite");
  EXPECT_THAT(bundle.record(graph_role(GraphKind::decoder, Form::mtk)).tool,
              HasSubstr("mtk_converter 0.0 stand-in"));
  bundle.check_hashes();

  const ProgramRun verified =
      run_sotto({"verify", path("models"), "--backend", "mtk_converter", "--checkpoint",
                 path("model.pt"), "-o", path("outputs"), path("tone.wav") + ":en"});
  EXPECT_EQ(verified.exit_code, 0) << verified.errors;
  const auto clip = read_json(folder_ / "outputs/tflite_tone.json");
  EXPECT_EQ(clip.at("backend"), "mtk_converter");
  EXPECT_TRUE(clip.at("computed_baseline").at("tokens_match").get<bool>());
  EXPECT_LE(clip.at("numbers").at("logits").at("relative").get<double>(), 1e-3);
  EXPECT_TRUE(read_json(folder_ / "outputs/tflite_summary.json").contains("tone"));
}

TEST_F(ToolchainSet, AConverterThatIsNotThere) {
  ::setenv("SOTTO_MTK_PYTHON", "/usr/bin/python3", 1);
  const ProgramRun made = export_model({"--converter", "mtk"});
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(made.errors)) << made.errors;
  EXPECT_THAT(made.errors, testing::AnyOf(HasSubstr("mtk_converter"), HasSubstr("torch")));
  const ProgramRun absent = export_model({"--converter", "mtk", "--python", "/no/such/python"});
  EXPECT_EQ(absent.exit_code, 1);
  EXPECT_THAT(absent.errors, HasSubstr("--python"));
  EXPECT_EQ(export_model({"--converter", "mtk", "--format", "tflite"}).exit_code, 2);
}

TEST_F(ToolchainSet, AConverterThatFails) {
  const auto python =
      write_fake_tool(folder_ / "bin/python",
                      "echo \"ModuleNotFoundError: No module named 'mtk_converter'\"; exit 1");
  const ProgramRun made = export_model({"--converter", "mtk", "--python", python.string()});
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_THAT(made.errors, HasSubstr("$MTK_CONVERTER_PATH"));
  EXPECT_FALSE(Bundle::open(path("models"))
                   .has(graph_role(GraphKind::encoder, Form::mtk)));  // the rest is whole
  EXPECT_THAT(read_file(folder_ / "models.logs/encoder_quick_100.mtk.log"), HasSubstr("No module"));
}

TEST_F(ToolchainSet, NccCompilesEveryFileIntoTheBundle) {
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  write_ncc(kGoodNcc);
  const ProgramRun made = run_sotto(
      compile({"--target", "MT8371", "--toolchain", "ncc", "--sdk", path("sdk"), "--json"}));
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  EXPECT_EQ(nlohmann::json::parse(made.output).at("files").size(), 5U);
  const Bundle bundle = Bundle::open(path("models"));
  bundle.check_hashes();
  const FileRecord& step =
      bundle.record(compiled_role(graph_role(GraphKind::step, Form::tflite), "mt8371", "dla"));
  EXPECT_EQ(step.name, "decoder_quick_16_step_mt8371.dla");
  EXPECT_EQ(step.target, "mt8371");
  EXPECT_EQ(step.tool, "ncc-tflite ncc 8.2.26");
  EXPECT_EQ(step.signature, bundle.record(graph_role(GraphKind::step, Form::tflite)).signature);
  EXPECT_TRUE(bundle.has(graph_role(GraphKind::step, Form::tflite)));
  // Again: in the place of the first.
  EXPECT_EQ(run_sotto(compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"),
                               "--graph", "step", "--extra", "-O3", "--quiet"}))
                .exit_code,
            0);
  EXPECT_EQ(Bundle::open(path("models")).manifest().files.size(), bundle.manifest().files.size());
  EXPECT_THAT(read_file(folder_ / "models.logs/decoder_quick_16_step_mt8371.ncc.log"),
              HasSubstr("-O3"));
}

// Step and prefill lie in one file, of which a compiler sees the first graph alone.
TEST_F(ToolchainSet, GraphsOfOneFileAreCompiledOneByOne) {
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  write_ncc(concat(kGoodNcc, "\ncp \"$3\" \"$here/\""));
  const ProgramRun made =
      run_sotto(compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"),
                         "--graph", "prefill", "--graph", "step"}));
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  for (const std::string name : {"step", "prefill16"}) {
    const auto input = folder_ / "sdk/host/bin" / concat("decoder_quick_16_", name, ".tflite");
    const TfliteModel model = read_tflite(input);
    ASSERT_EQ(model.subgraphs.size(), 1U) << name;
    EXPECT_THAT(name, testing::StartsWith(model.signatures.front().key));
  }
}

TEST_F(ToolchainSet, WhatADeviceNeedsIsABundleOfItsOwn) {
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  const std::string before = read_file(folder_ / "models/sotto.json");
  write_ncc(kGoodNcc);
  const std::vector<std::string> command =
      compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"), "--graph", "step",
               "--graph", "crosskv", "-o", path("board"), "--quiet"});
  const ProgramRun made = run_sotto(command);
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  EXPECT_EQ(read_file(folder_ / "models/sotto.json"), before);
  EXPECT_THAT(names_in(folder_ / "board"),
              testing::ElementsAre("decoder_quick_16_step_mt8371.dla", "embedding_info.json",
                                   "encoder_quick_100_crosskv_mt8371.dla", "position_embedding.npy",
                                   "sotto.json", "token_embedding.npy", "vocabulary.tiktoken",
                                   "whisper_quick_metadata.json"));
  const Bundle board = Bundle::open(path("board"));
  board.check_hashes();
  EXPECT_THAT(read_file(board.file(role::metadata)), HasSubstr("decoder_quick_16_step_mt8371.dla"));
  ASSERT_EQ(run_sotto(command).exit_code, 0);  // in the place of the first
  write_ncc("exit 1");
  EXPECT_EQ(run_sotto(command).exit_code, 1);
  EXPECT_NO_THROW(Bundle::open(path("board")).check_hashes());
  EXPECT_EQ(run_sotto(compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"),
                               "-o", path("sdk")}))
                .exit_code,
            2);
}

// What happens to the bundle while a compiler works: here the compiler itself has it exported anew.
TEST_F(ToolchainSet, AFileThatIsReplacedMeanwhileIsNotTakenForTheOneCompiled) {
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  write_ncc(concat(kGoodNcc, "\n", SOTTO_PROGRAM, " export ", path("model.pt"), " -o ",
                   path("models"), " --name quick --format tflite --weights float16 --quiet"));
  const ProgramRun made = run_sotto(compile(
      {"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"), "--graph", "step"}));
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_THAT(made.errors, HasSubstr("make that again"));
  EXPECT_FALSE(Bundle::open(path("models"))
                   .has(compiled_role(graph_role(GraphKind::step, Form::tflite), "mt8371", "dla")));
}

TEST_F(ToolchainSet, ACompilerThatFailsLeavesTheBundleAsItWas) {
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  const std::string before = read_file(folder_ / "models/sotto.json");
  write_ncc("echo 'ERROR: NEURON_UNMAPPABLE'; exit 1");
  const ProgramRun made =
      run_sotto(compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk")}));
  EXPECT_EQ(made.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(made.errors)) << made.errors;
  EXPECT_THAT(made.errors, HasSubstr("sotto check"));
  EXPECT_EQ(read_file(folder_ / "models/sotto.json"), before);
}

TEST_F(ToolchainSet, ADryRunPrintsTheCommandsAndRunsNone) {
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  write_ncc("touch \"$here/ran\"");
  const ProgramRun made =
      run_sotto(compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"),
                         "--graph", "encoder_tflite", "--dry-run"}));
  EXPECT_EQ(made.exit_code, 0);
  EXPECT_THAT(made.output, HasSubstr("ncc-tflite --arch=mdla5.3,edma3.6 --l1-size-kb=256"));
  EXPECT_THAT(made.output, HasSubstr("--dla-file encoder_quick_80x100_mt8371.dla"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "sdk/host/bin/ran"));
}

TEST_F(ToolchainSet, LitertsPluginCompilesEveryFileIntoTheBundle) {
  if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  const ProgramRun made =
      run_sotto(compile({"--target", "mt8189", "--toolchain", "litert", "--litert",
                         find_litert().folder.string(), "--sdk", SOTTO_STUB_ADAPTER_DIR}));
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  EXPECT_THAT(made.output, HasSubstr("1 partition"));
  const Bundle bundle = Bundle::open(path("models"));
  const FileRecord& step =
      bundle.record(compiled_role(graph_role(GraphKind::step, Form::tflite), "mt8189", "tflite"));
  EXPECT_EQ(step.name, "decoder_quick_16_step_mt8189.tflite");
  EXPECT_THAT(step.tool, HasSubstr("LiteRT 2."));
  EXPECT_THAT(step.tool, HasSubstr("Neuron 8.2."));
}

TEST_F(ToolchainSet, ABundleHoldsWhatBothCompilersMadeForOneTarget) {
  if (const std::string absence = plugin_absence(); !absence.empty()) GTEST_SKIP() << absence;
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  write_ncc(kGoodNcc);
  ASSERT_EQ(run_sotto(compile({"--target", "mt8371", "--toolchain", "ncc", "--sdk", path("sdk"),
                               "--graph", "step", "--quiet"}))
                .exit_code,
            0);
  const ProgramRun made = run_sotto(compile(
      {"--target", "mt8371", "--toolchain", "litert", "--litert", find_litert().folder.string(),
       "--sdk", SOTTO_STUB_ADAPTER_DIR, "--graph", "step", "--quiet"}));
  ASSERT_EQ(made.exit_code, 0) << made.errors;
  const Bundle bundle = Bundle::open(path("models"));
  bundle.check_hashes();
  EXPECT_TRUE(
      bundle.has(compiled_role(graph_role(GraphKind::step, Form::tflite), "mt8371", "dla")));
  EXPECT_TRUE(
      bundle.has(compiled_role(graph_role(GraphKind::step, Form::tflite), "mt8371", "tflite")));
}

TEST_F(ToolchainSet, WrongUsageIsToldSo) {
  ASSERT_EQ(export_model({}).exit_code, 0);
  write_ncc(kGoodNcc);
  const auto refused = [&](const std::vector<std::string>& more) {
    const ProgramRun run = run_sotto(compile(more));
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    return std::pair(run.exit_code, run.errors);
  };
  const std::string sdk = path("sdk");
  EXPECT_EQ(refused({"--target", "mt1", "--toolchain", "ncc", "--sdk", sdk}).first, 2);
  EXPECT_EQ(refused({"--target", "mt8371", "--toolchain", "gcc"}).first, 2);
  const auto without = refused({"--target", "mt8371", "--toolchain", "ncc", "--sdk", sdk});
  EXPECT_EQ(without.first, 1);
  EXPECT_THAT(without.second, HasSubstr("--format tflite"));
  ASSERT_EQ(export_model({"--format", "tflite"}).exit_code, 0);
  const auto graph = refused({"--target", "mt8371", "--toolchain", "ncc", "--sdk", sdk, "--graph",
                              "step", "--graph", "tail"});
  EXPECT_EQ(graph.first, 2);
  EXPECT_THAT(graph.second, HasSubstr("found \"tail\""));
  const auto no_sdk = refused({"--target", "mt8371", "--toolchain", "ncc", "--sdk", "/no/sdk"});
  EXPECT_EQ(no_sdk.first, 1);
  EXPECT_THAT(no_sdk.second, HasSubstr("NeuroPilot SDK"));
}

}  // namespace
}  // namespace sotto::test

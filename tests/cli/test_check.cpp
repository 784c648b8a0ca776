#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/sotto_process.h"

#include "core/bundle/dims.h"
#include "core/bundle/graph_table.h"
#include "core/bundle/manifest.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "tflite/raw_tflite.h"

namespace sotto::test {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::int32_t kCustom = 32, kGather = 36;

RawTflite file_with(std::int32_t code, int times, const std::string& custom_name = {}) {
  RawTflite file = small_tflite();
  for (int i = 0; i < times; ++i) {
    // As many operands as GATHER wants; a custom one has as many as it likes.
    file.add_operator(code, {3, 3}, {file.add_tensor({"curved", {1, 5, 3}})}, custom_name);
  }
  return file;
}

class CheckCommand : public testing::Test {
 protected:
  std::string write(const std::string& name, const RawTflite& file) {
    write_file(folder_ / name, file.bytes());
    return (folder_ / name).string();
  }

  FileRecord record(std::string_view role_name, const std::string& name) {
    FileRecord record;
    record.role = role_name;
    record.name = name;
    record.bytes = std::filesystem::file_size(folder_ / name);
    record.sha256 = std::string(64, 'b');
    return record;
  }

  /// Makes a bundle of the folder.
  std::string bundle(const std::vector<FileRecord>& files) {
    Manifest manifest;
    manifest.model_name = "small";
    manifest.source = {"small.pt", "openai", std::string(64, 'a')};
    for (const DimField& field : dim_fields()) manifest.dims.emplace_back(field.name, 8);
    manifest.frames = 16;
    manifest.files = files;
    write_file(folder_ / std::string(kManifestName), manifest_text(manifest));
    return folder_.path().string();
  }

  TempFolder folder_;
};

TEST_F(CheckCommand, TakesALegalFile) {
  const ProgramRun run = run_sotto({"check", write("a.tflite", small_tflite())});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(run.errors, "");
  EXPECT_THAT(run.output, AllOf(HasSubstr("Check for mt8371 (Genio 520, mdla5.3)"),
                                HasSubstr("legal"), HasSubstr("note: operator 1, GELU")));
}

TEST_F(CheckCommand, FailsForAnIllegalOneAndSaysWhatToDo) {
  const ProgramRun run = run_sotto({"check", write("a.tflite", file_with(kGather, 2))});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("2 illegal"),
                                HasSubstr("illegal: operator 3, GATHER, \"curved\": GATHER has no "
                                          "NPU operator; look the embedding up on the CPU"),
                                HasSubstr("illegal: operator 4, GATHER")));
}

TEST_F(CheckCommand, TellsTheSameOnlyOnce) {
  const ProgramRun run = run_sotto({"check", write("a.tflite", file_with(kGather, 11))});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("11 places (operators 3, 4, 5, 6, 7, …)"),
                                Not(HasSubstr("operator 3, GATHER"))));
}

TEST_F(CheckCommand, GoesByOneRoad) {
  const std::string path = write("a.tflite", file_with(kCustom, 1, "MTKEXT_GELU"));
  EXPECT_EQ(run_sotto({"check", path}).exit_code, 1);
  EXPECT_EQ(run_sotto({"check", path, "--toolchain", "ncc"}).exit_code, 0);
  EXPECT_EQ(run_sotto({"check", path, "--toolchain", "litert"}).exit_code, 1);
  EXPECT_EQ(run_sotto({"check", path, "--toolchain", "ncc", "--target", "mt6989"}).exit_code, 2);
}

TEST_F(CheckCommand, TakesCompositesByTheRoadOfThePlugin) {
  const std::string path = write("a.tflite", composite_tflite("odml.rms_norm"));
  const ProgramRun legal = run_sotto({"check", path, "--target", "Dimensity 9300"});
  EXPECT_EQ(legal.exit_code, 0) << legal.output;
  EXPECT_THAT(legal.output, HasSubstr("Check for mt6989 (Dimensity 9300)"));
  const ProgramRun both = run_sotto({"check", path});
  EXPECT_EQ(both.exit_code, 1);
  EXPECT_THAT(both.output, HasSubstr("illegal: operator 0, odml.rms_norm, \"y\": ncc-tflite is "
                                     "not known to take composites"));
}

TEST_F(CheckCommand, HoldsGenio700ToItsOwnList) {
  const std::string path = write("a.tflite", small_tflite());
  const ProgramRun run = run_sotto({"check", path, "--target", "genio 700"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.output, AllOf(HasSubstr("Check for mt8390 (Genio 700, mdla3.0)"),
                                HasSubstr("GELU is not in MediaTek's public list for MDLA 3.0"),
                                HasSubstr("BATCH_MATMUL is not in MediaTek's public list")));
}

TEST_F(CheckCommand, LooksAtEveryTfliteFileOfABundle) {
  write("encoder.tflite", small_tflite());
  write("decoder.tflite", file_with(kGather, 1));
  // Only for MediaTek's own compiler, and held to that alone.
  write("converted.tflite", file_with(kCustom, 1, "MTKEXT_GELU"));
  write_file(folder_ / "small.npy", "no graph");
  // Compiled files are past checking.
  write("compiled.tflite", file_with(kCustom, 1, "DISPATCH_OP"));
  FileRecord compiled =
      record(compiled_role(graph_role(GraphKind::encoder, Form::tflite), "mt8371", "tflite"),
             "compiled.tflite");
  compiled.target = "mt8371";
  const std::string path =
      bundle({record(graph_role(GraphKind::encoder, Form::tflite), "encoder.tflite"),
              record(graph_role(GraphKind::decoder, Form::tflite), "decoder.tflite"),
              record(graph_role(GraphKind::encoder, Form::mtk), "converted.tflite"),
              record(role::token_embedding, "small.npy"), compiled});
  const ProgramRun run = run_sotto({"check", path, "--json"});
  EXPECT_EQ(run.exit_code, 1) << run.errors;
  const json report = json::parse(run.output);
  EXPECT_EQ(report["target"], "mt8371");
  EXPECT_EQ(report["passed"], false);
  ASSERT_EQ(report["graphs"].size(), 3U);
  EXPECT_EQ(report["graphs"][0]["file"], "encoder");
  EXPECT_EQ(report["graphs"][0]["legal"], true);
  EXPECT_EQ(report["graphs"][0]["multiply_adds"], 5 * 3 * 4 + 5 * 5 * 3);
  EXPECT_GT(report["graphs"][0]["estimated_seconds"], 0.0);
  EXPECT_EQ(report["graphs"][1]["legal"], false);
  const json& finding = report["graphs"][1]["findings"][1];
  EXPECT_EQ(finding["operator"], 3);
  EXPECT_EQ(finding["operator_name"], "GATHER");
  EXPECT_EQ(finding["kind"], "illegal");
  EXPECT_EQ(report["graphs"][2]["legal"], true);
  EXPECT_EQ(report["graphs"][2]["toolchains"], json({"ncc"}));
}

TEST_F(CheckCommand, SaysHowABundleComesByTfliteFiles) {
  write_file(folder_ / "small.npy", "no graph");
  const ProgramRun run = run_sotto({"check", bundle({record(role::token_embedding, "small.npy")})});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("--format tflite"));
}

TEST_F(CheckCommand, RefusesWhatIsNoTfliteFile) {
  write_file(folder_ / "a.tflite", "hello");
  const std::string damaged = small_tflite().bytes().substr(0, 200);
  write_file(folder_ / "b.tflite", damaged);
  for (const char* name : {"a.tflite", "b.tflite", "absent.tflite"}) {
    const ProgramRun run = run_sotto({"check", (folder_ / name).string()});
    EXPECT_EQ(run.exit_code, 1) << name;
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr(name));
  }
}

TEST_F(CheckCommand, RefusesWhatIsMalformed) {
  RawTflite file = small_tflite();
  file.operators[1].inputs[0] = -1;
  const std::string path = write("a.tflite", file);
  for (const char* command : {"check", "inspect"}) {
    const ProgramRun run = run_sotto({command, path});
    EXPECT_EQ(run.exit_code, 1) << command;
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr("operator 1 of graph 0 (GELU) has no input 0"));
  }
}

TEST_F(CheckCommand, KnowsItsTargets) {
  const ProgramRun list = run_sotto({"check", "--list-targets"});
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_THAT(list.output, AllOf(HasSubstr("mt8371"), HasSubstr("mdla5.5,edma3.6"),
                                 HasSubstr("inferred"), HasSubstr("refused")));
  const json targets = json::parse(run_sotto({"check", "--list-targets", "--json"}).output);
  EXPECT_EQ(targets[0]["name"], "mt8371");
  EXPECT_EQ(targets[0]["ncc"]["l1_size_kb"], 256);
  const std::string path = write("a.tflite", small_tflite());
  const ProgramRun unknown = run_sotto({"check", path, "--target", "mt1"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.errors, AllOf(HasSubstr("mt8371"), HasSubstr("found \"mt1\"")));
  const ProgramRun near = run_sotto({"check", path, "--target", "Genio 701"});
  EXPECT_EQ(near.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(near.errors)) << near.errors;
  EXPECT_THAT(near.errors, HasSubstr("near it: mt8390 (Genio 700)"));
  const ProgramRun refused = run_sotto({"check", path, "--target", "mt8395"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("not for transformer models"));
}

TEST_F(CheckCommand, InspectShowsWhatIsInATfliteFile) {
  const std::string path = write("a.tflite", small_tflite());
  const ProgramRun text = run_sotto({"inspect", path});
  EXPECT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_THAT(text.output,
              AllOf(HasSubstr("TFLite model"), HasSubstr("signature serving_default  x -> scores"),
                    HasSubstr("x float32 [1, 5, 4]"), HasSubstr("1 BATCH_MATMUL"),
                    HasSubstr("constants"), HasSubstr("boundary")));
  const json graph = json::parse(run_sotto({"inspect", path, "--json"}).output)["graphs"][0];
  EXPECT_EQ(graph["ops"]["GELU"], 1);
  EXPECT_EQ(graph["inputs"][0]["dtype"], "float32");
  EXPECT_EQ(graph["boundary_bytes"], (5 * 4 + 5 * 5) * 4);
}

}  // namespace
}  // namespace sotto::test

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "core/archive/npy_reader.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

std::string file_text(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Verify : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    const auto run =
        run_sotto({"export", path("model.pt"), "-o", path("bundle"), "--name", "small", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }
};

TEST_F(Verify, FindsTheArtifactsEqualToTheirCheckpoint) {
  const auto run =
      run_sotto({"verify", path("bundle"), "--checkpoint", path("model.pt"), "--output",
                 path("outputs"), "--dump", path("numbers"), path("tone.wav") + ":en"});
  EXPECT_EQ(run.exit_code, 0) << run.errors << run.output;
  EXPECT_THAT(run.output, HasSubstr("all equal"));
  EXPECT_THAT(run.output, HasSubstr("Verified: 1 clip, every token equal"));
  const Json clip = Json::parse(file_text(folder_ / "outputs" / "pt_tone.json"));
  EXPECT_EQ(clip["audio_file"], "tone.wav");
  EXPECT_EQ(clip["comparison"]["text_match"], true);
  EXPECT_LT(clip["numbers"]["logits"]["relative"].get<double>(), 1e-4);
  EXPECT_LT(clip["numbers"]["encoder_output"]["relative"].get<double>(), 1e-4);
  EXPECT_EQ(Json::parse(file_text(folder_ / "outputs" / "pt_summary.json"))["tone"], clip);
  EXPECT_EQ(read_npy(folder_ / "numbers" / "tone_artifacts_mel.npy").shape, (Shape{1, 80, 100}));
  EXPECT_EQ(read_npy(folder_ / "numbers" / "tone_baseline_encoder_output.npy").shape,
            (Shape{1, 50, 64}));
  EXPECT_EQ(read_npy(folder_ / "numbers" / "tone_baseline_logits.npy").shape.at(1), 51865);
}

TEST_F(Verify, SaysWhereTheBaselineComesFromWithoutACheckpoint) {
  const auto run = run_sotto({"verify", path("bundle"), path("tone.wav")});
  EXPECT_EQ(run.exit_code, 0) << run.errors << run.output;
  EXPECT_THAT(run.output, HasSubstr("from the bundle's own weights"));
}

TEST_F(Verify, FailsOnAnotherCheckpointOfTheSameDims) {
  write_model("other.pt", quick_dims(), 2);
  const auto run = run_sotto({"verify", path("bundle"), "--checkpoint", path("other.pt"), "--json",
                              path("tone.wav") + ":en"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.errors, "");
  const Json json = Json::parse(run.output);
  EXPECT_EQ(json["passed"], false);
  EXPECT_EQ(json["clips"]["tone"]["computed_baseline"]["tokens_match"], false);
}

TEST_F(Verify, RefusesACheckpointOfOtherDims) {
  WhisperDims deeper = quick_dims();
  deeper.n_text_layer = 3;
  write_model("deeper.pt", deeper, 1);
  const auto run = run_sotto({"verify", path("bundle"), "--checkpoint", path("deeper.pt"),
                              "--output", path("outputs"), path("tone.wav") + ":en"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("n_text_layer"));
  EXPECT_FALSE(fs::exists(folder_ / "outputs"));
}

TEST_F(Verify, ExplainsADifferenceInPunctuation) {
  const auto first = run_sotto({"verify", path("bundle"), "--json", path("tone.wav") + ":en"});
  const std::string text = Json::parse(first.output)["clips"]["tone"]["text"];
  const Json given = {{"text", text + " ..."},
                      {"segments", Json::array({{{"tokens", {50364, 5, 50400}}}})}};
  write_file(folder_ / "baseline_tone.json", given.dump());
  const auto run = run_sotto(
      {"verify", path("bundle"), "--baseline", folder_.path().string(), path("tone.wav") + ":en"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("the same words with other punctuation"));
  EXPECT_THAT(run.output, HasSubstr("decoded with timestamps"));
}

TEST_F(Verify, WritesNothingWhenAClipIsMissing) {
  const auto run = run_sotto({"verify", path("bundle"), "--output", path("outputs"),
                              path("tone.wav"), path("absent.wav") + ":en"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("absent.wav"));
  EXPECT_FALSE(fs::exists(folder_ / "outputs"));
}

TEST_F(Verify, RefusesWhatIsNoBundle) {
  const auto run = run_sotto({"verify", folder_.path().string(), path("tone.wav")});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
}

TEST_F(Verify, TheBundleTranscribesAsItsCheckpointDoes) {
  const auto whole =
      run_sotto({"transcribe", path("tone.wav"), "-m", path("model.pt"), "-f", "none"});
  const auto split =
      run_sotto({"transcribe", path("tone.wav"), "-m", path("bundle"), "-f", "none"});
  EXPECT_EQ(split.exit_code, 0) << split.errors;
  EXPECT_EQ(whole.output, split.output);
}

TEST_F(Verify, EveryFileOfTheBundleCanBeInspected) {
  for (const auto& entry : fs::directory_iterator(folder_ / "bundle")) {
    const auto run = run_sotto({"inspect", entry.path().string(), "--json"});
    EXPECT_EQ(run.exit_code, 0) << entry.path() << ": " << run.errors;
    EXPECT_FALSE(Json::parse(run.output)["kind"].get<std::string>().empty());
  }
  const Json bundle = Json::parse(run_sotto({"inspect", path("bundle"), "--json"}).output);
  EXPECT_EQ(bundle["kind"], "bundle");
  EXPECT_EQ(bundle["graphs"].size(), 5U);  // and those over a cache
  EXPECT_LT(bundle["graphs"][3]["boundary_bytes"], 300000);
  EXPECT_EQ(bundle["dims"]["n_text_ctx"], 16);
}

TEST_F(Verify, ABundleConvertsBackIntoItsCheckpoint) {
  const auto run = run_sotto({"convert", path("bundle"), path("back.pt")});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  const Json back = Json::parse(run_sotto({"inspect", path("back.pt"), "--json"}).output);
  const Json model = Json::parse(run_sotto({"inspect", path("model.pt"), "--json"}).output);
  EXPECT_EQ(back["dims"], model["dims"]);
  EXPECT_EQ(back["parameters"], model["parameters"]);
}

}  // namespace
}  // namespace sotto::test

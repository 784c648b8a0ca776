// A bundle of TFLite files as a user meets it.
#include <algorithm>
#include <cstring>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "core/base/mapped_file.h"
#include "core/tflite/tflite_model.h"
#include "run/backends/registry.h"
#include "support/files.h"

namespace sotto::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class TfliteBundle : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    const auto run = run_sotto({"export", path("model.pt"), "-o", path("bundle"), "--name", "quick",
                                "--format", "tflite", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  static void skip_without_litert() {
    try {
      static_cast<void>(make_backend("litert"));
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  [[nodiscard]] std::vector<std::string> verify(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"verify", path("bundle"),          "--backend",
                                       "litert", "--checkpoint",          path("model.pt"),
                                       "--json", path("tone.wav") + ":en"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  /// Scales one weight of a file of the bundle, as an exporter that went wrong might.
  void damage(const std::string& name, const std::string& tensor, float factor) {
    const auto file = folder_ / "bundle" / name;
    std::size_t offset = 0, size = 0;
    {
      const TfliteModel model = read_tflite(file);
      const auto mapped = MappedFile::open(file);
      for (const TfliteTensor& one : model.subgraphs.front().tensors) {
        if (one.name != tensor) continue;
        size = one.constant->size();
        const auto place = std::search(mapped->bytes().begin(), mapped->bytes().end(),
                                       one.constant->begin(), one.constant->end());
        offset = static_cast<std::size_t>(place - mapped->bytes().begin());
      }
    }
    ASSERT_GT(size, 0U);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    std::vector<float> values(size / sizeof(float));
    stream.seekg(static_cast<std::streamoff>(offset));
    stream.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(size));
    for (float& value : values) value *= factor;
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(size));
    stream.close();
    record_anew("bundle", name);
  }
};

// What a manifest says is no option of the user's.
TEST_F(TfliteBundle, WhosePrefillTakesNoPossibleNumberOfTokensIsToldSo) {
  const auto manifest = folder_ / "bundle/sotto.json";
  const std::string text = read_file(manifest);
  for (const int tokens : {17, 1000000}) {
    Json json = Json::parse(text);
    for (Json& file : json["files"]) {
      if (file["role"] == "decoder_prefill_tflite") file["inputs"][0]["shape"][1] = tokens;
    }
    write_file(manifest, json.dump());
    const auto run = run_sotto(
        {"transcribe", path("tone.wav"), "-m", path("bundle"), "--backend", "cpu", "-f", "none"});
    EXPECT_EQ(run.exit_code, 1) << run.errors;
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_THAT(run.errors, HasSubstr(concat(manifest.string(), ": expected")));
    EXPECT_THAT(run.errors, HasSubstr(concat("[1, ", tokens, ", 64]")));
  }
}

TEST_F(TfliteBundle, NamesItsFilesAsNpuToolsExpect) {
  EXPECT_THAT(names_in(folder_ / "bundle"),
              testing::ElementsAre("decoder_quick_16.tflite", "decoder_quick_16_kv.tflite",
                                   "embedding_info.json", "encoder_quick_100_crosskv.tflite",
                                   "encoder_quick_80x100.tflite", "position_embedding.npy",
                                   "sotto.json", "token_embedding.npy", "vocabulary.tiktoken",
                                   "whisper_quick_metadata.json"));
}

// What an NPU needs, and no more; the prompt goes through the step.
TEST_F(TfliteBundle, HoldsOnlyTheGraphsThatAreAskedFor) {
  const auto run =
      run_sotto({"export", path("model.pt"), "-o", path("few"), "--name", "quick", "--format",
                 "tflite", "--weights", "float16", "--graphs", "crosskv,step", "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(names_in(folder_ / "few"),
              testing::ElementsAre("decoder_quick_16_step.tflite", "embedding_info.json",
                                   "encoder_quick_100_crosskv.tflite", "position_embedding.npy",
                                   "sotto.json", "token_embedding.npy", "vocabulary.tiktoken",
                                   "whisper_quick_metadata.json"));
  const auto elements =
      static_cast<std::uint64_t>(quick_dims().n_vocab * quick_dims().n_text_state);
  EXPECT_EQ(std::filesystem::file_size(folder_ / "few/token_embedding.npy"), 2 * elements + 128);
  EXPECT_THAT(read_file(folder_ / "few/embedding_info.json"), HasSubstr("float16"));
  EXPECT_EQ(run_sotto({"inspect", path("few"), "--check"}).exit_code, 0);
  skip_without_litert();
  if (IsSkipped()) return;
  const auto transcribed = [&](const std::string& bundle) {
    return run_sotto(
        {"transcribe", path("tone.wav"), "-m", path(bundle), "-f", "none", "--backend", "litert"});
  };
  ASSERT_EQ(run_sotto({"export", path("model.pt"), "-o", path("all16"), "--name", "quick",
                       "--format", "tflite", "--weights", "float16", "--quiet"})
                .exit_code,
            0);
  const auto found = transcribed("few");
  EXPECT_EQ(found.exit_code, 0) << found.errors;
  EXPECT_EQ(found.output, transcribed("all16").output);
  const auto full = run_sotto({"transcribe", path("tone.wav"), "-m", path("few"), "-f", "none",
                               "--backend", "litert", "--decoder", "full"});
  EXPECT_EQ(full.exit_code, 2);
  EXPECT_THAT(full.errors, HasSubstr("none of the encoder"));
}

TEST_F(TfliteBundle, TranscribesOnLitertAsItsCheckpointDoesOnTheCpu) {
  skip_without_litert();
  if (IsSkipped()) return;
  const auto expected =
      run_sotto({"transcribe", path("tone.wav"), "-m", path("model.pt"), "-f", "none"});
  for (const char* decoder : {"auto", "full", "kv"}) {
    const auto found = run_sotto({"transcribe", path("tone.wav"), "-m", path("bundle"), "-f",
                                  "none", "--backend", "litert", "--decoder", decoder});
    EXPECT_EQ(found.exit_code, 0) << found.errors;
    EXPECT_EQ(found.errors, "");  // LiteRT keeps quiet
    EXPECT_EQ(found.output, expected.output) << decoder;
  }
}

TEST_F(TfliteBundle, IsVerifiedLikeTorchscript) {
  skip_without_litert();
  if (IsSkipped()) return;
  for (const char* decoder : {"full", "kv"}) {
    const auto run = run_sotto(verify({"--decoder", decoder, "-o", path("outputs")}));
    EXPECT_EQ(run.exit_code, 0) << run.errors;
    EXPECT_EQ(Json::parse(run.output).at("decoder"), decoder);
  }
  EXPECT_THAT(names_in(folder_ / "outputs"),
              testing::ElementsAre("tflite_kv_summary.json", "tflite_kv_tone.json",
                                   "tflite_summary.json", "tflite_tone.json"));
}

TEST_F(TfliteBundle, TellsTheLayerWhereItParts) {
  skip_without_litert();
  if (IsSkipped()) return;
  damage("encoder_quick_80x100.tflite", "blocks.1.mlp.0.weight", 1.25F);
  const auto run = run_sotto({"verify", path("bundle"), "--backend", "litert", "--checkpoint",
                              path("model.pt"), "--layers", path("tone.wav") + ":en"});
  EXPECT_THAT(run.output, HasSubstr("Layers of the encoder, tone"));
  EXPECT_THAT(run.output, HasSubstr("It grows first in blocks.1.mlp.residual"));
  EXPECT_THAT(run.output, HasSubstr("Layers of the decoder, tone"));
  const auto json = Json::parse(run_sotto(verify({"--layers"})).output);
  const auto& layers = json["clips"]["tone"]["numbers"]["layers"]["encoder"];
  EXPECT_LT(layers["blocks.1.attn.residual"]["relative"].get<double>(), 1e-5);
  EXPECT_GT(layers["blocks.1.mlp.residual"]["relative"].get<double>(), 1e-3);
}

TEST_F(TfliteBundle, StandsBesideTorchscript) {
  skip_without_litert();
  if (IsSkipped()) return;
  const auto names = backend_names();
  const bool torch = std::find(names.begin(), names.end(), "torchscript") != names.end();
  const std::string backends = torch ? "torchscript,litert" : "cpu,litert";
  ASSERT_EQ(run_sotto({"export", path("model.pt"), "-o", path("all"), "--name", "quick", "--format",
                       "all", "--quiet"})
                .exit_code,
            0);
  const std::vector<std::string> verify{"verify", path("all"),    "--backend",
                                        backends, "--checkpoint", path("model.pt"),
                                        "-o",     path("both"),   path("tone.wav") + ":en"};
  const auto run = run_sotto(verify);
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("Side by side"));
  EXPECT_THAT(run.output, HasSubstr("litert (kv)"));
  EXPECT_THAT(names_in(folder_ / "both"), testing::Contains("tflite_kv_tone.json"));
  auto as_json = verify;
  as_json.emplace_back("--json");
  EXPECT_EQ(Json::parse(run_sotto(as_json).output).size(), 2U);
}

TEST_F(TfliteBundle, SaysWhatItCannotDo) {
  const auto cpu = run_sotto({"transcribe", path("tone.wav"), "-m", path("bundle"), "-f", "none"});
  EXPECT_EQ(cpu.exit_code, 1);
  EXPECT_THAT(cpu.errors, HasSubstr("--backend litert"));
  const auto convert = run_sotto({"convert", path("bundle"), path("back.pt")});
  EXPECT_EQ(convert.exit_code, 1);
  EXPECT_THAT(convert.errors, HasSubstr("--format all"));
  const auto self =
      run_sotto({"verify", path("bundle"), "--backend", "litert", path("tone.wav") + ":en"});
  EXPECT_EQ(self.exit_code, 1);
  EXPECT_TRUE(is_one_sentence(self.errors)) << self.errors;
  const auto other = run_sotto({"transcribe", path("tone.wav"), "-m", path("model.pt"), "-f",
                                "none", "--backend", "litert"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_TRUE(is_one_sentence(other.errors)) << other.errors;
}

TEST_F(TfliteBundle, IsInspectedWithoutWeights) {
  const auto run = run_sotto({"inspect", path("bundle"), "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  const Json json = Json::parse(run.output);
  EXPECT_EQ(json["graphs"].size(), 5U);
  EXPECT_EQ(json["dims"]["n_text_ctx"], 16);
}

TEST_F(TfliteBundle, RefusesOptionsThatMakeNoSense) {
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--format", "onnx"},
                                               {"--weights", "int4"},
                                               {"--gelu", "relu"},
                                               {"--format", "tflite", "--prefill", "17"},
                                               {"--format", "tflite", "--prefill", "1"},
                                               {"--format", "tflite", "--graphs", "half"},
                                               {"--format", "tflite", "--graphs", "step"},
                                               {"--graphs", "crosskv,prefill"}}) {
    std::vector<std::string> arguments{"export",      path("model.pt"), "-o",
                                       path("other"), "--name",         "quick"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto run = run_sotto(arguments);
    EXPECT_EQ(run.exit_code, 2) << more[0];
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    EXPECT_FALSE(std::filesystem::exists(folder_ / "other"));
  }
}

TEST_F(TfliteBundle, DumpsItsPasses) {
  const auto run = run_sotto({"export", path("model.pt"), "-o", path("again"), "--name", "quick",
                              "--format", "tflite", "--dump-passes", path("passes"), "--quiet"});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(names_in(folder_ / "passes"),
              testing::Contains("WhisperEncoderCore.05.lower_layer_norm.txt"));
}

}  // namespace
}  // namespace sotto::test

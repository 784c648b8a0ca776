// A LoRA of PEFT's through the commands that take one.
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/small_model.h"
#include "cli/sotto_process.h"

#include "checkpoint/adapter_bytes.h"
#include "core/bundle/manifest.h"

namespace sotto::test {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

class AdapterCommands : public SmallModelTest {
 protected:
  void SetUp() override {
    SmallModelTest::SetUp();
    if (IsSkipped()) return;
    AdapterParts adapter = small_adapter();
    adapter.tensors.clear();
    adapter.config["target_modules"] = R"(["decoder.layers.0.fc1"])";
    adapter.add_pair("model.decoder.layers.0.fc1", {256, 64}, 2);
    std::filesystem::create_directory(folder_ / "lora");
    write_file(folder_ / "lora" / "adapter_config.json", adapter.config_text());
    write_file(folder_ / "lora" / "adapter_model.safetensors", adapter.weights());
  }

  void export_merged() {
    const auto run = run_sotto({"export", path("lora"), "--base", path("model.pt"), "-o",
                                path("bundle"), "--name", "small", "--quiet"});
    ASSERT_EQ(run.exit_code, 0) << run.errors;
  }

  void expect_refusal(const std::vector<std::string>& arguments, int exit_code,
                      const std::vector<std::string>& parts) {
    const auto run = run_sotto(arguments);
    EXPECT_EQ(run.exit_code, exit_code) << run.errors;
    EXPECT_TRUE(is_one_sentence(run.errors)) << run.errors;
    for (const std::string& part : parts) EXPECT_THAT(run.errors, HasSubstr(part));
  }
};

TEST_F(AdapterCommands, ExportAndConvertMergeIt) {
  export_merged();
  const auto convert =
      run_sotto({"convert", path("lora"), path("merged.pt"), "--base", path("model.pt")});
  EXPECT_EQ(convert.exit_code, 0) << convert.errors;
  const auto checkpoint = Json::parse(run_sotto({"inspect", path("merged.pt"), "--json"}).output);
  EXPECT_EQ(checkpoint["kind"], "OpenAI checkpoint");
  for (const std::vector<std::string>& baseline :
       {std::vector{path("lora"), std::string("--base"), path("model.pt")},
        std::vector{path("merged.pt")}}) {
    std::vector<std::string> arguments{"verify", path("bundle"), "--checkpoint"};
    arguments.insert(arguments.end(), baseline.begin(), baseline.end());
    arguments.push_back(path("tone.wav") + ":en");
    const auto verify = run_sotto(arguments);
    EXPECT_EQ(verify.exit_code, 0) << verify.errors << verify.output;
    EXPECT_THAT(verify.output, HasSubstr("every token equal"));
  }
}

TEST_F(AdapterCommands, TheManifestNamesIt) {
  export_merged();
  const Manifest manifest = read_manifest(folder_ / "bundle");
  EXPECT_EQ(manifest.source.file, "model.pt");
  EXPECT_EQ(manifest.source.sha256, sha256_of_file(folder_ / "model.pt"));
  ASSERT_TRUE(manifest.source.adapter.has_value());
  EXPECT_EQ(manifest.source.adapter->folder, "lora");
  EXPECT_EQ(manifest.source.adapter->file, "adapter_model.safetensors");
  EXPECT_EQ(manifest.source.adapter->sha256,
            sha256_of_file(folder_ / "lora" / "adapter_model.safetensors"));
  EXPECT_EQ(manifest.source.adapter->config_sha256,
            sha256_of_file(folder_ / "lora" / "adapter_config.json"));
  const auto inspect = run_sotto({"inspect", path("bundle")});
  EXPECT_THAT(inspect.output, HasSubstr("lora/adapter_model.safetensors"));
}

TEST_F(AdapterCommands, InspectDescribesIt) {
  const auto run = run_sotto({"inspect", path("lora")});
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  for (const char* part : {"LoRA adapter", "openai/whisper-test", "decoder.layers.0.fc1", "alpha",
                           "base_model.model.model.decoder.layers.0.fc1.lora_A.weight"}) {
    EXPECT_THAT(run.output, HasSubstr(part));
  }
  const Json json = Json::parse(run_sotto({"inspect", path("lora"), "--json"}).output);
  EXPECT_EQ(json["facts"]["rank"], "2");
  EXPECT_EQ(json["facts"]["pairs of matrices"], "1");
  EXPECT_EQ(json["parameters"], 2 * (256 + 64));
}

TEST_F(AdapterCommands, WantItsBase) {
  const std::vector<std::string> parts{path("lora"), "LoRA adapter", "--base",
                                       "openai/whisper-test"};
  expect_refusal({"export", path("lora"), "-o", path("bundle")}, 2, parts);
  expect_refusal({"convert", path("lora"), path("out.pt")}, 2, parts);
  expect_refusal({"transcribe", path("tone.wav"), "-m", path("lora"), "-f", "none"}, 2, parts);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "bundle"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out.pt"));
}

TEST_F(AdapterCommands, TakeABaseWithAnAdapterAlone) {
  expect_refusal({"convert", path("model.pt"), path("out.pt"), "--base", path("model.pt")}, 2,
                 {path("model.pt"), "expected an adapter"});
  expect_refusal({"verify", path("bundle"), "--base", path("model.pt"), path("tone.wav")}, 2,
                 {"--checkpoint"});
}

TEST_F(AdapterCommands, VerifyKnowsTheBaseAlone) {
  export_merged();
  expect_refusal({"verify", path("bundle"), "--checkpoint", path("model.pt"), path("tone.wav")}, 1,
                 {path("model.pt"), "the adapter (lora) with --checkpoint", "--base"});
}

}  // namespace
}  // namespace sotto::test

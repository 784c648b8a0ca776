// Tokens against what the Python pipeline that Sotto replaces recorded on its author's machine.
#include "core/base/error.h"
#include "reference/exported.h"
#include "reference/oracle_data.h"
#include "run/engine/checkpoint/load_model.h"
#include "run/transcriber/plain_transcriber.h"

namespace sotto::test {
namespace {

class RecordedPipeline : public ModelTest {
 protected:
  void SetUp() override {
    ModelTest::SetUp();
    if (IsSkipped()) return;
    shared_ = environment("SOTTO_SHARED");
    if (shared_.empty()) GTEST_SKIP() << "SOTTO_SHARED is not set: no recordings of the pipeline";
    if (!std::filesystem::exists(base())) GTEST_SKIP() << "no checkpoint of base";
  }

  std::filesystem::path base() const { return checkpoint_of("base"); }

  void expect_recorded_tokens(const std::filesystem::path& path, std::string_view backend,
                              DecoderKind decoder = DecoderKind::automatic) const {
    Model model = load_model(path, {.backend = std::string(backend), .decoder = decoder});
    PlainTranscriber transcriber(model);
    for (const char* clip : {"test_en", "test_zh", "jfk"}) {
      const nlohmann::json recorded =
          read_json(shared_ / "seed/outputs" / concat("pt_", clip, ".json"));
      const std::string file = recorded.at("audio_file");
      PlainOptions options;
      options.language = recorded.at("language").get<std::string>();
      const PlainTranscript found = transcriber.transcribe(shared_ / "clips" / file, options);
      EXPECT_EQ(found.tokens, recorded.at("tokens").get<std::vector<TokenId>>()) << file;
      EXPECT_EQ(found.text, recorded.at("text").get<std::string>()) << file;
    }
  }

 private:
  std::filesystem::path shared_;
};

TEST_F(RecordedPipeline, CpuFromTheCheckpointFindsItsTokens) {
  expect_recorded_tokens(base(), "cpu");
}

TEST_F(RecordedPipeline, TorchscriptFromTheBundleFindsItsTokens) {
  if (!has_torchscript()) GTEST_SKIP() << "this build has no torchscript back end";
  const Exported exported(base());
  expect_recorded_tokens(exported.bundle(), "torchscript");
}

TEST_F(RecordedPipeline, LitertFromTheBundleFindsItsTokens) {
  if (const auto absence = litert_absence(); !absence.empty()) GTEST_SKIP() << absence;
  const Exported exported(base(), in_tflite());
  expect_recorded_tokens(exported.bundle(), "litert", DecoderKind::full);
  expect_recorded_tokens(exported.bundle(), "litert", DecoderKind::kv);
}

}  // namespace
}  // namespace sotto::test

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "core/bundle/bundle_writer.h"
#include "model/checkpoint/bundle_reader.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// Writes the model's two halves as a bundle whose encoder takes this many frames.
void write_bundle(const std::filesystem::path& folder, const SmallModel& model,
                  std::int64_t frames) {
  BundleWriter writer(folder);
  Manifest manifest;
  manifest.model_name = "small";
  manifest.source = {"small.pt", "openai", std::string(64, '0')};
  for (const DimField& field : dim_fields()) {
    manifest.dims.emplace_back(field.name, model.dims.*field.member);
  }
  manifest.frames = frames;
  manifest.alignment_heads = {{0, 1}};
  for (const std::string half : {"encoder", "decoder"}) {
    TorchFile file = module_file(model, half + ".");
    if (half == "decoder") {
      TorchTensor mask = file.tensors.front();
      mask.name = "causal_mask";
      file.tensors.push_back(mask);
    } else {
      TorchTensor& positions = file.tensor("positional_embedding");
      positions.shape[0] = frames / 2;
    }
    const std::string bytes = file.zip(file.module_pickle()).make();
    manifest.files.push_back(writer.write(half + "_torchscript", half + ".pt",
                                          [&](ByteSink& sink) { sink.write_text(bytes); }));
  }
  writer.commit(manifest);
}

TEST(BundleReader, ReadsTheWeightsOfBothHalves) {
  const TempFolder folder;
  const SmallModel model = small_model(DType::float32);
  write_bundle(folder / "models", model, 2 * model.dims.n_audio_ctx);
  const Checkpoint checkpoint = read_checkpoint(folder / "models");
  expect_model(checkpoint, model);
  EXPECT_EQ(checkpoint.format, CheckpointFormat::sotto_bundle);
  EXPECT_EQ(checkpoint.weights, folder / "models" / "encoder.pt");
  EXPECT_THAT(*checkpoint.alignment_heads, ElementsAre(Pair(0, 1)));
}

TEST(BundleReader, TakesACutWindowForAShorterContext) {
  const TempFolder folder;
  SmallModel model = small_model(DType::float32);
  write_bundle(folder / "models", model, 8);
  model.dims.n_audio_ctx = 4;
  StoredTensor& positions = model.tensors.at("encoder.positional_embedding");
  positions.shape[0] = 4;
  positions.bytes.resize(sizeof(float) * 4 * 8);
  expect_model(read_checkpoint(folder / "models"), model);
}

TEST(BundleReader, RefusesAWindowThatNoEncoderHas) {
  for (const std::int64_t frames : {3, 16}) {
    const TempFolder folder;
    write_bundle(folder / "models", small_model(), frames);
    EXPECT_THAT(expect_error(ErrorKind::mismatch, (folder / "models").string(),
                             [&] { (void)read_checkpoint(folder / "models"); }),
                HasSubstr("frames"));
  }
}

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind, "encoder.pt: ", [&] {
    (void)parse_torchscript_weights(bytes_of(bytes), "encoder.pt", nullptr);
  });
}

TEST(TorchScriptWeights, IgnoresWhatIsNoTensor) {
  TorchFile file = module_file(small_model(), "encoder.");
  const std::string bytes = file.zip(file.module_pickle()).make();
  const TensorTable tensors = parse_torchscript_weights(bytes_of(bytes), "encoder.pt", nullptr);
  EXPECT_EQ(tensors.size(), file.tensors.size());
  EXPECT_TRUE(tensors.contains("blocks_0_attn_query_weight"));
}

TEST(TorchScriptWeights, RefusesWhatIsNoModule) {
  TorchFile file = module_file(small_model(), "encoder.");
  EXPECT_THAT(refusal(ErrorKind::format, file.openai()), HasSubstr("found a dict"));
  file.tensors.push_back(file.tensors.front());
  EXPECT_THAT(refusal(ErrorKind::format, file.zip(file.module_pickle()).make()),
              HasSubstr("twice"));
}

}  // namespace
}  // namespace sotto::test

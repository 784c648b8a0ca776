#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

#include "compile/emitters/metadata/metadata_writer.h"
#include "core/base/error.h"

namespace sotto {
namespace {

using nlohmann::ordered_json;

Manifest base() {
  Manifest manifest;
  manifest.model_name = "base";
  manifest.dims = {{"n_mels", 80},      {"n_audio_ctx", 1500}, {"n_audio_state", 512},
                   {"n_audio_head", 8}, {"n_audio_layer", 6},  {"n_vocab", 51865},
                   {"n_text_ctx", 448}, {"n_text_state", 512}, {"n_text_head", 8},
                   {"n_text_layer", 6}};
  manifest.frames = 3000;
  FileRecord encoder{"encoder_torchscript", "encoder_base_3000.pt", 0, ""};
  encoder.signature.inputs = {{"mel", {1, 80, 3000}, std::nullopt}};
  encoder.signature.outputs = {{"encoder_output", {1, 1500, 512}, std::nullopt}};
  FileRecord decoder{"decoder_torchscript", "decoder_base_448.pt", 0, ""};
  decoder.signature.inputs = {{"token_embeddings", {1, 448, 512}, 1},
                              {"encoder_output", {1, 1500, 512}, std::nullopt}};
  decoder.signature.outputs = {{"logits", {1, 448, 51865}, 1}};
  manifest.files = {encoder,
                    decoder,
                    {"token_embedding", "token_embedding.npy", 0, ""},
                    {"embedding_info", "embedding_info.json", 0, ""}};
  return manifest;
}

// The fields of the earlier Python pipeline, which programs for the NPU read; its notes aside.
TEST(Metadata, HasTheFieldsThatNpuProgramsRead) {
  const auto expected = ordered_json::parse(R"({
    "model_name": "whisper-base",
    "model_type": "encoder-decoder",
    "audio_duration_sec": 30,
    "encoder": {"input_shape": [1, 80, 3000], "output_shape": [1, 1500, 512], "n_mels": 80,
                "n_ctx": 1500, "n_state": 512, "n_head": 8, "n_layer": 6,
                "file": "encoder_base_3000.pt"},
    "decoder": {"input_embedding_shape": [1, 448, 512], "input_encoder_shape": [1, 1500, 512],
                "output_shape": [1, 448, 51865], "n_vocab": 51865, "n_ctx": 448, "n_state": 512,
                "n_head": 8, "n_layer": 6, "file": "decoder_base_448.pt"},
    "embedding": {"vocab_size": 51865, "embedding_dim": 512,
                  "token_embedding_file": "token_embedding.npy",
                  "info_file": "embedding_info.json"},
    "files": {"encoder_torchscript": "encoder_base_3000.pt",
              "decoder_torchscript": "decoder_base_448.pt",
              "token_embedding": "token_embedding.npy", "embedding_info": "embedding_info.json"}
  })");
  auto found = ordered_json::parse(metadata_json(base()));
  EXPECT_EQ(found["notes"].size(), 5U);
  found.erase("notes");
  EXPECT_EQ(found.dump(2), expected.dump(2));
}

TEST(Metadata, SaysSecondsAsShortAsTheyAre) {
  Manifest manifest = base();
  manifest.frames = 1250;
  EXPECT_NE(metadata_json(manifest).find("\"audio_duration_sec\": 12.5,"), std::string::npos);
}

// Programs find the model's shapes whatever graphs there are of it.
TEST(Metadata, NamesNoFileOfAGraphThatIsNotThere) {
  Manifest manifest = base();
  manifest.files[0] = {"encoder_crosskv_tflite@mt8189.neuron", "crosskv.neuron", 0, ""};
  manifest.files[1] = {"decoder_step_tflite@mt8189.neuron", "step.neuron", 0, ""};
  const auto found = ordered_json::parse(metadata_json(manifest));
  EXPECT_FALSE(found["encoder"].contains("file"));
  EXPECT_FALSE(found["decoder"].contains("file"));
  EXPECT_EQ(found["decoder"]["output_shape"], (Shape{1, 448, 51865}));
  EXPECT_EQ(found["files"]["decoder_step_tflite@mt8189.neuron"], "step.neuron");
  EXPECT_EQ(found["notes"].back(),
            "The step graph runs new tokens over a KV cache that the host keeps");
}

TEST(EmbeddingInfo, HasItsFiveFields) {
  const auto found = ordered_json::parse(embedding_info_json(base(), DType::float32));
  EXPECT_EQ(found.size(), 5U);
  EXPECT_EQ(found["vocab_size"], 51865);
  EXPECT_EQ(found["embedding_dim"], 512);
  EXPECT_EQ(found["token_embedding_file"], "token_embedding.npy");
  EXPECT_EQ(found["dtype"], "float32");
}

}  // namespace
}  // namespace sotto

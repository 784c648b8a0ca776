#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "model/checkpoint/ctranslate2_reader.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

CTranslate2File sound() { return ctranslate2_file(small_model()); }

Checkpoint parse(const std::string& bytes) {
  return parse_ctranslate2(bytes_of(bytes), "model.bin", nullptr);
}

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind, "model.bin: ", [&] { (void)parse(bytes); });
}

TEST(CTranslate2Reader, ReadsEveryFloatType) {
  for (const DType dtype : {DType::float16, DType::float32, DType::bfloat16}) {
    const SmallModel model = small_model(dtype);
    const std::string bytes = ctranslate2_file(model).make();
    expect_model(parse(bytes), model);
  }
}

TEST(CTranslate2Reader, CopiesNothing) {
  const std::string bytes = sound().make();
  const Checkpoint checkpoint = parse(bytes);
  const auto* first = reinterpret_cast<const std::byte*>(bytes.data());
  for (const auto& [name, view] : checkpoint.tensors.all()) {
    EXPECT_GE(view.data, first) << name;
    EXPECT_LT(view.data, first + bytes.size()) << name;
  }
}

// Heads that the model does not have concern the times of words alone.
void expect_usual_heads(const Checkpoint& checkpoint, const std::string& source) {
  EXPECT_EQ(checkpoint.alignment_heads, std::nullopt);
  ASSERT_EQ(checkpoint.notes.size(), 1U);
  EXPECT_TRUE(checkpoint.notes.front().starts_with(source)) << checkpoint.notes.front();
  EXPECT_TRUE(checkpoint.notes.front().ends_with("words timed by the usual heads"));
}

TEST(CTranslate2Reader, TakesTheAlignmentHeadsFromTheConfig) {
  const TempFolder folder;
  write_file(folder / "model.bin", sound().make());
  EXPECT_EQ(read_checkpoint(folder.path()).alignment_heads, std::nullopt);
  write_file(folder / "config.json", R"({"alignment_heads": [[0, 3], [0, 1]], "lang_ids": [1]})");
  const Checkpoint checkpoint = read_checkpoint(folder.path());
  ASSERT_TRUE(checkpoint.alignment_heads.has_value());
  EXPECT_THAT(*checkpoint.alignment_heads, ElementsAre(Pair(0, 3), Pair(0, 1)));
  EXPECT_EQ(checkpoint.format, CheckpointFormat::ctranslate2);
  EXPECT_EQ(checkpoint.path, folder.path());
  EXPECT_EQ(checkpoint.weights, folder / "model.bin");
  expect_model(read_checkpoint(folder / "model.bin"), small_model());
  for (const char* config :
       {R"({"alignment_heads": [[1, 0]]})", R"({"alignment_heads": [[0, 4]]})",
        R"({"alignment_heads": [[-1, 0]]})", R"({"alignment_heads": 3})",
        R"({"alignment_heads": [3]})", R"({"alignment_heads": [[0, 1, 2]]})"}) {
    write_file(folder / "config.json", config);
    expect_usual_heads(read_checkpoint(folder.path()), (folder / "config.json").string());
  }
  for (const char* config : {"[]", "", R"({"a": 1, "a": 2})"}) {
    write_file(folder / "config.json", config);
    expect_error(ErrorKind::format, (folder / "config.json").string(),
                 [&] { (void)read_checkpoint(folder.path()); });
  }
}

TEST(CTranslate2Reader, TakesAProjectionThatEqualsTheEmbedding) {
  CTranslate2File file = sound();
  file.aliases.clear();
  file.variables.push_back(file.variable("decoder/embeddings/weight"));
  file.variables.back().name = "decoder/projection/weight";
  const std::string bytes = file.make();
  expect_model(parse(bytes), small_model());
  file.variables.back().bytes[100] ^= 1;
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()), HasSubstr("decoder/projection/weight"));
}

TEST(CTranslate2Reader, RefusesEveryTruncation) {
  const std::string bytes = sound().make();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    refusal(ErrorKind::format, bytes.substr(0, size));
  }
  EXPECT_THAT(refusal(ErrorKind::format, bytes + "x"), HasSubstr("1 bytes more"));
}

TEST(CTranslate2Reader, RefusesQuantizedWeights) {
  CTranslate2File file = sound();
  auto& linear = file.variable("encoder/layer_0/ffn/linear_0/weight");
  linear.type = 1;
  linear.bytes.resize(linear.bytes.size() / 2);
  EXPECT_EQ(refusal(ErrorKind::unsupported, file.make()),
            "model.bin: expected weights in float32, float16 or bfloat16, found quantized ones "
            "(encoder/layer_0/ffn/linear_0/weight in int8): convert the original model without "
            "quantization");
  file = sound();
  file.variables.insert(file.variables.begin(),
                        {"encoder/layer_0/ffn/linear_0/weight_scale", {2}, 0, "12345678"});
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.make()), HasSubstr("weight_scale"));
}

TEST(CTranslate2Reader, RefusesAKeyBias) {
  CTranslate2File file = sound();
  auto& bias = file.variable("decoder/layer_0/self_attention/linear_0/bias");
  bias.bytes[2 * 8 + 1] = 0x3c;
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()),
              HasSubstr("decoder/layer_0/self_attention/linear_0/bias"));
}

TEST(CTranslate2Reader, RefusesWrongVariables) {
  CTranslate2File file = sound();
  file.variables.erase(file.variables.begin());
  EXPECT_THAT(refusal(ErrorKind::format, file.make()), HasSubstr("decoder/embeddings/weight"));
  file.aliases.clear();
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()), HasSubstr("decoder/embeddings/weight"));
  file = sound();
  file.variable("encoder/layer_1/ffn/linear_1/bias").name = "encoder/layer_1/ffn/linear_9/bias";
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()),
              HasSubstr("encoder/layer_1/ffn/linear_1/bias of shape [8]"));
  file = sound();
  file.variables.push_back({"encoder/extra", {1}, 4, "ab"});
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()), HasSubstr("found also encoder/extra"));
  file.variables.push_back(file.variables.back());
  EXPECT_THAT(refusal(ErrorKind::format, file.make()), HasSubstr("encoder/extra twice"));
  file = sound();
  file.variable("encoder/conv2/weight").shape = {8, 3, 8};
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()), HasSubstr("encoder/conv2/weight"));
  file = sound();
  file.variable("encoder/conv1/weight").shape = {8, 15};
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.make()), HasSubstr("3 axes"));
  file = sound();
  file.variable("encoder/num_heads").name = "encoder/heads";
  EXPECT_THAT(refusal(ErrorKind::format, file.make()), HasSubstr("encoder/num_heads"));
}

TEST(CTranslate2Reader, RefusesWrongSizesAndTypes) {
  CTranslate2File file = sound();
  file.variable("encoder/conv1/bias").shape = {9};
  EXPECT_THAT(refusal(ErrorKind::format, file.make()), HasSubstr("encoder/conv1/bias"));
  file.variable("encoder/conv1/bias").shape = {0};
  refusal(ErrorKind::format, file.make());
  file.variable("encoder/conv1/bias").shape = Shape(8, 0xffffffff);
  refusal(ErrorKind::format, file.make());
  file.variable("encoder/conv1/bias").shape = Shape(9, 1);
  EXPECT_THAT(refusal(ErrorKind::format, file.make()), HasSubstr("axes"));
  file.variable("encoder/conv1/bias").shape = {8};
  file.variable("encoder/conv1/bias").type = 6;
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.make()), HasSubstr("type from 0 to 5, found 6"));
}

TEST(CTranslate2Reader, RefusesOtherModelsVersionsAndSettings) {
  CTranslate2File file = sound();
  file.version = 7;
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.make()), HasSubstr("found 7"));
  file = sound();
  file.spec = "TransformerSpec";
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.make()), HasSubstr("TransformerSpec"));
  file = sound();
  file.revision = 4;
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.make()), HasSubstr("revision 4"));
  file = sound();
  file.variable("decoder/activation").bytes[0] = 1;
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.make()), HasSubstr("decoder/activation"));
}

}  // namespace
}  // namespace sotto::test

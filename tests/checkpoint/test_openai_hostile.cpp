#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "archive/pickle_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "model/checkpoint/openai_reader.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using ::testing::HasSubstr;

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind,
                      "x.pt: ", [&] { (void)parse_openai(bytes_of(bytes), "x.pt", nullptr); });
}

TorchFile sound() { return torch_file(small_model()); }

std::string refusal_of_pickle(ErrorKind kind, const std::string& pickle) {
  return refusal(kind, sound().zip(pickle).make());
}

// Changes one tensor and gives the sentence that refuses the file.
template <class Change>
std::string refusal_of_tensor(ErrorKind kind, Change change) {
  TorchFile file = sound();
  change(file.tensor("encoder.conv1.bias"));
  std::string sentence = refusal(kind, file.openai());
  EXPECT_THAT(sentence, HasSubstr("encoder.conv1.bias"));
  return sentence;
}

TEST(OpenAiHostile, IsNoZipArchive) {
  EXPECT_THAT(refusal(ErrorKind::format, ""), HasSubstr("found 0 bytes"));
  EXPECT_THAT(refusal(ErrorKind::format, "<html>404</html>"), HasSubstr("expected a zip archive"));
}

TEST(OpenAiHostile, IsOfAnOlderFormat) {
  std::string tar(512, '\0');
  tar.replace(257, 5, "ustar");
  EXPECT_THAT(refusal(ErrorKind::unsupported, tar), HasSubstr("before PyTorch 0.2"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, "\x80\x04N."), HasSubstr("bare pickle"));
}

TEST(OpenAiHostile, IsCutShortAnywhere) {
  const std::string bytes = sound().openai();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    refusal(ErrorKind::format, bytes.substr(0, size));
  }
}

TEST(OpenAiHostile, HasNoPickleOrTwo) {
  TorchFile file = sound();
  ZipBytes zip = file.zip(file.openai_pickle());
  zip.files.push_back({.name = "other/data.pkl", .content = file.openai_pickle()});
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("found two"));
  zip.files.pop_back();
  zip.files[0].name = "model/dir/data.pkl";
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("data.pkl"));
}

TEST(OpenAiHostile, IsDamagedOrCompressed) {
  TorchFile file = sound();
  ZipBytes zip = file.zip(file.openai_pickle());
  zip.files[0].content[40] ^= 1;
  zip.files[0].checksum_error = 1;
  EXPECT_THAT(refusal(ErrorKind::format, zip.make()), HasSubstr("checksum"));
  zip = file.zip(file.openai_pickle());
  zip.files[3].method = 8;
  EXPECT_THAT(refusal(ErrorKind::unsupported, zip.make()), HasSubstr("compressed (method 8)"));
}

TEST(OpenAiHostile, IsBigEndian) {
  TorchFile file = sound();
  ZipBytes zip = file.zip(file.openai_pickle());
  zip.files.push_back({.name = "model/byteorder", .content = "big"});
  EXPECT_THAT(refusal(ErrorKind::unsupported, zip.make()), HasSubstr("little-endian"));
}

TEST(OpenAiHostile, NamesAFunctionToRun) {
  using namespace pickled;
  const std::string command = "touch owned";
  const std::string system = global("os", "system");
  EXPECT_THAT(refusal_of_pickle(ErrorKind::unsupported, pickle(call(system, {text(command)}))),
              HasSubstr("os.system"));
  EXPECT_THAT(refusal_of_pickle(ErrorKind::unsupported,
                                pickle(dict({text("dims"), call(system, {text(command)})}))),
              HasSubstr("os.system"));
  EXPECT_THAT(refusal_of_pickle(ErrorKind::unsupported,
                                pickle(call(global("builtins", "eval"), {text("1")}))),
              HasSubstr("builtins.eval"));
  EXPECT_THAT(refusal_of_pickle(ErrorKind::unsupported,
                                concat("\x80\x02(", text(command), "ios\nsystem\n.")),
              HasSubstr("opcode INST"));
  EXPECT_THAT(
      refusal_of_pickle(ErrorKind::unsupported, pickle(concat(text("os"), text("system"), "\x93"))),
      HasSubstr("opcode STACK_GLOBAL"));
  EXPECT_FALSE(std::filesystem::exists("owned"));
}

TEST(OpenAiHostile, IsSomethingElseOfTorch) {
  using namespace pickled;
  EXPECT_THAT(refusal_of_pickle(ErrorKind::unsupported, sound().module_pickle()),
              HasSubstr("TorchScript module"));
  EXPECT_THAT(refusal_of_pickle(ErrorKind::format, pickle(dict({text("epoch"), integer(3)}))),
              HasSubstr("a dict without one"));
  EXPECT_THAT(refusal_of_pickle(ErrorKind::format, pickle(list({integer(1)}))),
              HasSubstr("a list"));
  EXPECT_THAT(refusal_of_pickle(ErrorKind::format, pickle(dict({text("dims"), integer(3)}))),
              HasSubstr("found an integer"));
}

TEST(OpenAiHostile, LacksATensor) {
  TorchFile file = sound();
  file.tensors.erase(file.tensors.begin() + 5);
  EXPECT_EQ(refusal(ErrorKind::mismatch, file.openai()),
            "x.pt: expected the tensor encoder.blocks.0.attn.query.weight of shape [8, 8] by the "
            "model's dims, found none");
}

TEST(OpenAiHostile, HasATensorTooMany) {
  TorchFile file = sound();
  file.tensors.push_back(file.tensors.back());
  file.tensors.back().name = "decoder.\nmask";
  EXPECT_EQ(refusal(ErrorKind::mismatch, file.openai()),
            "x.pt: expected only the 65 tensors of the model's dims, found also decoder.\\x0amask");
  file.tensors.back().name = "decoder.ln.weight";
  EXPECT_THAT(refusal(ErrorKind::format, file.openai()),
              HasSubstr("found decoder.ln.weight twice"));
}

TEST(OpenAiHostile, HasATensorOfAnotherShape) {
  refusal_of_tensor(ErrorKind::mismatch, [](TorchTensor& tensor) {
    tensor.shape = {4, 2};
    tensor.strides = {2, 1};
  });
  refusal_of_tensor(ErrorKind::mismatch, [](TorchTensor& tensor) { tensor.shape = {7}; });
}

TEST(OpenAiHostile, HasATensorOfAnotherType) {
  TorchFile file = sound();
  TorchTensor& tensor = file.tensor("encoder.conv1.bias");
  file.storages[tensor.key] = std::string(64, '\0');
  tensor.storage = "LongStorage";
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.openai()), HasSubstr("found int64"));
  file.storages[tensor.key] = std::string(8, '\0');
  tensor.storage = "CharStorage";
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.openai()), HasSubstr("found CharStorage"));
}

TEST(OpenAiHostile, HasDimsThatDisagree) {
  TorchFile file = sound();
  file.set_dim("n_audio_layer", 3);
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.openai()), HasSubstr("encoder.blocks.2."));
  file.set_dim("n_audio_layer", 1);
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.openai()), HasSubstr("encoder.blocks.1."));
  for (const char* name : {"n_mels", "n_audio_ctx", "n_vocab", "n_text_ctx"}) {
    file = sound();
    file.set_dim(name, 4);
    EXPECT_THAT(refusal(ErrorKind::mismatch, file.openai()), HasSubstr("by the model's dims"));
  }
}

TEST(OpenAiHostile, HasDimsThatNoModelHas) {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    for (const DimField& field : dim_fields()) {
      TorchFile file = sound();
      file.set_dim(std::string(field.name), value);
      EXPECT_THAT(refusal(ErrorKind::mismatch, file.openai()), HasSubstr(std::string(field.name)));
    }
  }
  TorchFile file = sound();
  file.dims.emplace_back("n_experts", 8);
  EXPECT_THAT(refusal(ErrorKind::unsupported, file.openai()), HasSubstr("n_experts"));
  file.dims.erase(file.dims.begin());
  EXPECT_THAT(refusal(ErrorKind::format, file.openai()), HasSubstr("the integer n_mels"));
}

TEST(OpenAiHostile, ReachesOutsideOfItsStorage) {
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.offset = 1; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.offset = -1; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.offset = INT64_MAX; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.strides = {2}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.strides = {-1}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.strides = {INT64_MAX}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.shape = {9}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.shape = {-8}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.shape = {0}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.shape = {INT64_MAX}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.strides = {1, 1}; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) {
    tensor.shape = {INT64_MAX, INT64_MAX};
    tensor.strides = {0, 0};
  });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) {
    tensor.shape = Shape(17, 1);
    tensor.strides = Shape(17, 1);
  });
}

TEST(OpenAiHostile, RepeatsTheElementsOfATensor) {
  TorchFile file = sound();
  TorchTensor& tensor = file.tensor("encoder.conv1.bias");
  file.storages[tensor.key] = "ab";
  tensor.count = 1;
  tensor.strides = {0};
  EXPECT_THAT(refusal(ErrorKind::format, file.openai()),
              HasSubstr("to reach each element once, found a storage of 1 elements"));
}

TEST(OpenAiHostile, HasAStorageOfAnotherSize) {
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.count = 7; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.count = 9; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.count = -8; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.count = INT64_MAX; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.key = "99999"; });
  refusal_of_tensor(ErrorKind::format, [](TorchTensor& tensor) { tensor.key = "../version"; });
  refusal_of_tensor(ErrorKind::format,
                    [](TorchTensor& tensor) { tensor.storage = "FloatStorage"; });
}

TEST(OpenAiHostile, HasSomethingElseForATensor) {
  using namespace pickled;
  const std::string rebuild = global("torch._utils", "_rebuild_tensor_v2");
  const std::string parameter = global("torch._utils", "_rebuild_parameter");
  for (const std::string& value :
       {integer(1), none(), call(rebuild, {}), call(rebuild, std::vector<std::string>(7, none())),
        call(rebuild, {concat(integer(3), "Q"), integer(0), tuple({}), tuple({}), none(), none()}),
        call(rebuild, {concat(tuple({none(), none(), none(), none(), none()}), "Q"), integer(0),
                       tuple({}), tuple({}), none(), none()}),
        call(parameter, {}), call(parameter, {integer(1)}), global("torch", "FloatStorage")}) {
    const std::string state = dict({text("encoder.conv1.bias"), value});
    std::vector<std::string> dims;
    for (const auto& [name, number] : sound().dims) {
      dims.push_back(text(name));
      dims.push_back(integer(number));
    }
    EXPECT_THAT(refusal_of_pickle(
                    ErrorKind::format,
                    pickle(dict({text("dims"), dict(dims), text("model_state_dict"), state}))),
                HasSubstr("the tensor encoder.conv1.bias: expected"));
  }
}

}  // namespace
}  // namespace sotto::test

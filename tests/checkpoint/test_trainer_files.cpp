// Files of torch.save as training loops leave them: docs/formats/openai-checkpoint.md.
#include <array>
#include <cmath>
#include <cstring>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "archive/pickle_bytes.h"
#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "model/checkpoint/openai_reader.h"
#include "model/checkpoint/safetensors.h"
#include "model/checkpoint/weight_names.h"
#include "support/expect_error.h"

namespace sotto::test {
namespace {

using namespace pickled;
using ::testing::HasSubstr;

Checkpoint parse(const std::string& bytes) {
  return parse_openai(bytes_of(bytes), "x.pt", nullptr);
}

std::string refusal(ErrorKind kind, const std::string& bytes) {
  return expect_error(kind, "x.pt: ", [&] { (void)parse(bytes); });
}

void put_before(TorchFile& file, const std::string& prefix) {
  for (TorchTensor& tensor : file.tensors) tensor.name = prefix + tensor.name;
}

// What a piece of a whole pickle of protocol 2 leaves on the stack.
std::string piece_of(const std::string& pickle) { return pickle.substr(2, pickle.size() - 3); }

TEST(TrainerFiles, AreReadInTheFormatBeforeTheZipFormat) {
  for (const DType dtype : {DType::float16, DType::float32, DType::bfloat16}) {
    const SmallModel model = small_model(dtype);
    const TorchFile file = torch_file(model);
    const std::string bytes = file.legacy(file.openai_pickle());
    expect_model(parse(bytes), model);
  }
}

TEST(TrainerFiles, AreReadInTheLaterProtocols) {
  const SmallModel model = small_model();
  const TorchFile file = torch_file(model);
  for (const int protocol : {4, 5}) {
    const std::string pickle = in_protocol(protocol, file.openai_pickle());
    const std::string zip = file.zip(pickle).make();
    expect_model(parse(zip), model);
    const std::string legacy = file.legacy(pickle);
    expect_model(parse(legacy), model);
  }
}

TEST(TrainerFiles, OfTheOldFormatAreRefusedWhereTheyAreCut) {
  const TorchFile file = torch_file(small_model());
  const std::string bytes = file.legacy(file.openai_pickle());
  for (std::size_t size = 15; size < bytes.size(); ++size) {
    refusal(ErrorKind::format, bytes.substr(0, size));
  }
}

TEST(TrainerFiles, OfTheOldFormatMustAgreeWithThemselves) {
  TorchFile file = torch_file(small_model());
  const std::string sound = file.legacy(file.openai_pickle());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = sound;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_THAT(refusal(ErrorKind::unsupported, with("\x80\x02M\xe9\x03.", "\x80\x02M\xea\x03.")),
              HasSubstr("version 1001"));
  EXPECT_THAT(refusal(ErrorKind::unsupported, with("little_endian\x88", "little_endian\x89")),
              HasSubstr("little-endian"));
  const std::string keys = "\x80\x02](X";
  const std::size_t place = sound.find(keys);
  ASSERT_NE(place, std::string::npos);
  std::string changed = sound;
  changed[place + keys.size() + 4] = 'x';
  EXPECT_THAT(refusal(ErrorKind::format, changed), HasSubstr("the storages that the pickle names"));
  TorchTensor& tensor = file.tensor("encoder.conv1.bias");
  const std::string pickle = file.openai_pickle();
  tensor.count = 7;
  EXPECT_THAT(refusal(ErrorKind::format, file.legacy(pickle)), HasSubstr("found 7 in "));
  tensor.count = INT64_MAX;
  refusal(ErrorKind::format, file.legacy(pickle));
  refusal(ErrorKind::format, file.legacy(file.openai_pickle()));
  file = torch_file(small_model());
  file.tensor("decoder.ln.bias").key = file.tensor("encoder.positional_embedding").key;
  EXPECT_THAT(refusal(ErrorKind::format, file.legacy(file.openai_pickle())),
              HasSubstr("one type and size for the storage"));
}

TEST(TrainerFiles, GiveTheDimsByTheirShapes) {
  const SmallModel model = model_of_one_head();
  const TorchFile file = torch_file(model);
  const TorchFile renamed = under_hugging_face_names(file, model);
  for (const TorchFile& named : {file, renamed}) {
    const std::string state = piece_of(named.state_pickle());
    for (const std::string& whole :
         {state, dict({text("state_dict"), state, text("epoch"), integer(3)}),
          dict({text("model_state_dict"), state}), dict({text("model"), state}),
          dict({text("step"), none(), text("module"), state})}) {
      const std::string zip = named.zip(pickle(whole)).make();
      expect_model(parse(zip), model);
      const std::string legacy = named.legacy(pickle(whole));
      expect_model(parse(legacy), model);
    }
  }
}

TEST(TrainerFiles, HaveHeadsOf64) {
  const TorchFile file = torch_file(small_model());
  EXPECT_EQ(refusal(ErrorKind::mismatch, file.zip(file.state_pickle()).make()),
            "x.pt: expected dims, or a width that is a multiple of 64, which tells the number of "
            "heads, found weights without dims and width 8");
}

TEST(TrainerFiles, WithoutDimsNeedTheTensorsThatTellThem) {
  const SmallModel model = model_of_one_head();
  for (const char* name : {"encoder.conv1.weight", "encoder.positional_embedding",
                           "decoder.positional_embedding", "decoder.token_embedding.weight"}) {
    TorchFile file = torch_file(model);
    file.tensor(name).name = "other";
    EXPECT_THAT(refusal(ErrorKind::mismatch, file.zip(file.state_pickle()).make()),
                HasSubstr(concat("which has ", name, ", found none")));
    file = torch_file(model);
    file.tensor(name).shape = {2};
    file.tensor(name).strides = {1};
    EXPECT_THAT(refusal(ErrorKind::mismatch, file.zip(file.state_pickle()).make()),
                HasSubstr("axes, found shape [2]"));
  }
}

TEST(TrainerFiles, AreReadUnderWhatWrappersCallTheirTensors) {
  const SmallModel model = model_of_one_head();
  for (const char* prefix :
       {"module.", "_orig_mod.", "model.", "module._orig_mod.", "_orig_mod.module.model.",
        "model.module._orig_mod.", "base_model.model.", "base_model.model.model."}) {
    for (TorchFile file : {torch_file(model), under_hugging_face_names(torch_file(model), model)}) {
      put_before(file, prefix);
      const std::string bytes = file.zip(file.state_pickle()).make();
      expect_model(parse(bytes), model);
    }
  }
}

TEST(TrainerFiles, KeepTheirDimsUnderWrappers) {
  const SmallModel model = small_model();
  TorchFile file = torch_file(model);
  put_before(file, "module.");
  const std::string bytes = file.openai();
  expect_model(parse(bytes), model);
  file.tensor("module.encoder.conv1.bias").name = "module.encoder.conv3.bias";
  EXPECT_THAT(refusal(ErrorKind::mismatch, file.openai()),
              HasSubstr("the tensor module.encoder.conv1.bias of shape [8]"));
}

TEST(TrainerFiles, MayHoldOneModelOnly) {
  const SmallModel model = model_of_one_head();
  TorchFile file = torch_file(model);
  file.tensors.push_back(file.tensor("decoder.ln.bias"));
  file.tensors.back().name = "module.decoder.ln.bias";
  EXPECT_EQ(refusal(ErrorKind::format, file.zip(file.state_pickle()).make()),
            "x.pt: expected one model, found both decoder.ln.bias and module.decoder.ln.bias");
}

TEST(TrainerFiles, OfAnAdapterAreReadOnceItIsMerged) {
  const SmallModel model = model_of_one_head();
  TorchFile file = under_hugging_face_names(torch_file(model), model);
  put_before(file, "base_model.model.");
  const std::string layer = "base_model.model.model.encoder.layers.0.self_attn.q_proj.";
  file.tensor(layer + "weight").name = layer + "base_layer.weight";
  file.tensor(layer + "bias").name = layer + "base_layer.bias";
  const std::string bytes = file.zip(file.state_pickle()).make();
  expect_model(parse(bytes), model);
  file.tensors.push_back(file.tensors.back());
  file.tensors.back().name = layer + "lora_A.default.weight";
  EXPECT_EQ(refusal(ErrorKind::unsupported, file.zip(file.state_pickle()).make()),
            concat("x.pt: expected weights that an adapter is merged into, found ", layer,
                   "lora_A.default.weight of a LoRA adapter beside them: merge it with PEFT's "
                   "merge_and_unload() and save the model again"));
}

TEST(PlainName, LeavesOutWhatWrappersPutIn) {
  EXPECT_EQ(plain_name("module._orig_mod.model.encoder.conv1.weight"), "encoder.conv1.weight");
  EXPECT_EQ(plain_name("model.encoder._orig_mod.layers.0.module.fc1.weight"),
            "encoder.layers.0.fc1.weight");
  EXPECT_EQ(plain_name("encoder.model.bias"), "encoder.model.bias");
  EXPECT_EQ(plain_name("model"), "model");
  EXPECT_EQ(plain_name("module."), "");
  EXPECT_EQ(plain_name(""), "");
  EXPECT_EQ(plain_name(".."), "..");
}

class Dims : public ::testing::Test {
 protected:
  // The model's file with `dim` for n_vocab, which is 200.
  std::string with(const std::string& dim) const {
    std::vector<std::string> items;
    for (const DimField& field : dim_fields()) {
      items.push_back(text(field.name));
      items.push_back(field.name == "n_vocab" ? dim : integer(model_.dims.*field.member));
    }
    const std::string whole = pickle(dict(
        {text("dims"), dict(items), text("model_state_dict"), piece_of(file_.state_pickle())}));
    return file_.zip(whole).make();
  }

  static SmallModel model_with_200_words() {
    SmallModel model = small_model();
    model.dims.n_vocab = 200;
    StoredTensor& words = model.tensors.at("decoder.token_embedding.weight");
    words.shape = {200, 8};
    words.bytes.resize(3200, '\1');
    return model;
  }

  SmallModel model_ = model_with_200_words();
  TorchFile file_ = torch_file(model_);
};

TEST_F(Dims, MayBeNumPysIntegers) {
  using namespace std::string_literals;
  for (const std::string& dim :
       {numpy_scalar("numpy.core.multiarray", "i8", encoded_bytes("\xc3\x88\0\0\0\0\0\0\0"s)),
        numpy_scalar("numpy._core.multiarray", "i4", encoded_bytes("\xc3\x88\0\0\0"s)),
        numpy_scalar("numpy.core.multiarray", "u1", encoded_bytes("\xc3\x88"s)),
        numpy_scalar("numpy.core.multiarray", "i2", encoded_bytes("\0\xc3\x88"s), ">"),
        numpy_scalar("numpy.core.multiarray", "u8", encoded_bytes("\xc3\x88\0\0\0\0\0\0\0"s))}) {
    const std::string bytes = with(dim);
    expect_model(parse(bytes), model_);
  }
}

TEST_F(Dims, MayAllBeNumPys) {
  const TorchFile file = torch_file(small_model());
  const std::string bytes = file.zip(with_numpy_dims(file)).make();
  expect_model(parse(bytes), small_model());
}

TEST_F(Dims, AreNothingButIntegers) {
  using namespace std::string_literals;
  for (const std::string& dim :
       {numpy_scalar("numpy.core.multiarray", "f8", encoded_bytes("\0\0\0\0\0\0\0\0"s)),
        numpy_scalar("numpy.core.multiarray", "i8", encoded_bytes("\xc3\x88\0\0\0"s)),
        numpy_scalar("numpy.core.multiarray", "u8", encoded_bytes(std::string(16, '\xc3'))),
        numpy_scalar("numpy.core.multiarray", "i1", text("x")),
        numpy_scalar("numpy.core.multiarray", "i1", encoded_bytes("\xc4\x80"s)),
        numpy_scalar("numpy.core.multiarray", "i1", encoded_bytes("\xc3"s)), boolean(true),
        "G\x40\x69\0\0\0\0\0\0"s, text("200")}) {
    EXPECT_THAT(refusal(ErrorKind::format, with(dim)), HasSubstr("expected the integer n_vocab"));
  }
  EXPECT_THAT(refusal(ErrorKind::mismatch,
                      with(numpy_scalar("numpy.core.multiarray", "i1", encoded_bytes("\xc3\x88")))),
              HasSubstr("n_vocab"));
}

TEST_F(Dims, MayBeTheObjectThatTheReferenceMakesOfThem) {
  std::vector<std::string> items;
  for (const auto& [name, value] : file_.dims) {
    items.push_back(text(name));
    items.push_back(integer(value));
  }
  const std::string object =
      global("whisper.model", "ModelDimensions") + ")\x81" + dict(items) + "b";
  const std::string bytes = file_
                                .zip(pickle(dict({text("dims"), object, text("model_state_dict"),
                                                  piece_of(file_.state_pickle())})))
                                .make();
  expect_model(parse(bytes), model_);
}

// The nearest float, the even one of two; what no float holds is infinite. By IEEE 754's rounding:
// 1 + 2^-24 lies between 1 and its successor, 1 + 3 · 2^-24 between that and the next.
TEST(Float64, BecomesTheNearestFloat) {
  const std::array<double, 8> doubles{0.1,
                                      -1e300,
                                      1e-50,
                                      1 + std::ldexp(1.0, -24),
                                      1 + 3 * std::ldexp(1.0, -24),
                                      std::ldexp(1.0, -149),
                                      -0.0,
                                      65504.0};
  const std::array<std::uint32_t, 8> floats{0x3dcccccd, 0xff800000, 0,          0x3f800000,
                                            0x3f800002, 1,          0x80000000, 0x477fe000};
  SmallModel model = small_model();
  StoredTensor& bias = model.tensors.at("encoder.conv1.bias");
  bias = {DType::float32, {8}, std::string(32, '\0')};
  std::memcpy(bias.bytes.data(), floats.data(), 32);
  TorchFile file = torch_file(small_model());
  TorchTensor& tensor = file.tensor("encoder.conv1.bias");
  tensor.storage = "DoubleStorage";
  file.storages[tensor.key].assign(reinterpret_cast<const char*>(doubles.data()), 64);
  const std::string zip = file.openai();
  expect_model(parse(zip), model);
  const std::string legacy = file.legacy(file.openai_pickle());
  expect_model(parse(legacy), model);
  std::string bytes = safetensors({{"a", {DType::float32, {8}, file.storages[tensor.key]}}});
  bytes.replace(bytes.find("F32"), 3, "F64");
  const TensorTable table = parse_safetensors(bytes_of(bytes), "x.safetensors", nullptr);
  EXPECT_EQ(std::memcmp(table.at("a").data, floats.data(), 32), 0);
}

// Converted as a whole and once: four tensors of one storage lie in half as many bytes.
TEST(Float64, KeepsWhatTensorsShare) {
  SmallModel model = small_model();
  TorchFile file = torch_file(model);
  const std::array<const char*, 4> names{"encoder.conv1.bias", "encoder.conv2.bias",
                                         "encoder.ln_post.bias", "decoder.ln.bias"};
  std::string shared;
  for (int i = 0; i < 32; ++i) {
    const double number = 0.5 * i;
    shared.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  for (std::size_t part = 0; part < names.size(); ++part) {
    TorchTensor& tensor = file.tensor(names[part]);
    file.storages.erase(tensor.key);
    tensor.key = "shared";
    tensor.storage = "DoubleStorage";
    tensor.count = 32;
    tensor.offset = static_cast<std::int64_t>(8 * part);
    StoredTensor& expected = model.tensors.at(names[part]);
    expected = {DType::float32, {8}, {}};
    for (int i = 0; i < 8; ++i) {
      const float number = 0.5F * static_cast<float>(8 * static_cast<int>(part) + i);
      expected.bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    }
  }
  file.storages["shared"] = shared;
  const std::string bytes = file.openai();
  const Checkpoint checkpoint = parse(bytes);
  expect_model(checkpoint, model);
  const TensorView& first = checkpoint.tensors.at(names[0]);
  EXPECT_EQ(checkpoint.tensors.at(names[3]).data, first.data + 24 * sizeof(float));
}

}  // namespace
}  // namespace sotto::test

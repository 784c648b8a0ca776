#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "checkpoint/checkpoint_bytes.h"
#include "checkpoint/expect_model.h"
#include "model/checkpoint/safetensors.h"
#include "support/expect_error.h"
#include "support/temp_folder.h"

namespace sotto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr std::string_view kIndex = "model.safetensors.index.json";

// A folder with config.json and the tensors in one file, or in two with an index.
class Folder {
 public:
  explicit Folder(const SmallModel& model) : tensors(hugging_face_tensors(model)), model_(model) {}

  SafeTensors tensors;

  StoredTensor& tensor(const std::string& name) {
    return std::find_if(tensors.begin(), tensors.end(),
                        [&](const auto& entry) { return entry.first == name; })
        ->second;
  }

  Checkpoint read(const std::string& config = {}) {
    write_file(folder_ / "config.json", config.empty() ? hugging_face_config(model_.dims) : config);
    write_file(folder_ / "model.safetensors", safetensors(tensors));
    return read_checkpoint(folder_.path());
  }

  Checkpoint read_sharded(const std::string& index = {}) {
    write_file(folder_ / "config.json", hugging_face_config(model_.dims));
    const auto middle = tensors.begin() + static_cast<std::ptrdiff_t>(tensors.size() / 2);
    write_file(folder_ / "first.safetensors", safetensors({tensors.begin(), middle}));
    write_file(folder_ / "second.safetensors", safetensors({middle, tensors.end()}));
    write_file(folder_ / kIndex, index.empty() ? this->index() : index);
    return read_checkpoint(folder_.path());
  }

  std::string index() const {
    std::string map;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      map += concat(i == 0 ? "" : ",", "\"", tensors[i].first, "\":\"",
                    i < tensors.size() / 2 ? "first" : "second", ".safetensors\"");
    }
    return concat("{\"metadata\":{},\"weight_map\":{", map, "}}");
  }

  std::string refusal(ErrorKind kind, const std::string& config = {}) {
    return expect_error(kind, folder_.path().string(), [&] { (void)read(config); });
  }

  std::string refusal_of_index(ErrorKind kind, const std::string& index) {
    return expect_error(kind, (folder_ / kIndex).string(), [&] { (void)read_sharded(index); });
  }

  const TempFolder& place() const { return folder_; }

 private:
  SmallModel model_;
  TempFolder folder_;
};

TEST(HuggingFaceReader, ReadsEveryFloatType) {
  for (const DType dtype : {DType::float16, DType::float32, DType::bfloat16}) {
    const SmallModel model = small_model(dtype);
    Folder folder(model);
    const Checkpoint checkpoint = folder.read();
    expect_model(checkpoint, model);
    EXPECT_EQ(checkpoint.format, CheckpointFormat::hugging_face);
    EXPECT_EQ(checkpoint.weights, folder.place() / "model.safetensors");
  }
}

TEST(HuggingFaceReader, ReadsShards) {
  const SmallModel model = small_model();
  Folder folder(model);
  const Checkpoint checkpoint = folder.read_sharded();
  expect_model(checkpoint, model);
  EXPECT_EQ(checkpoint.weights, folder.place() / "first.safetensors");
}

TEST(HuggingFaceReader, ReadsPyTorchFilesOfTheSameNames) {
  const SmallModel model = small_model();
  const Folder folder(model);
  TorchFile file = under_hugging_face_names(torch_file(model), model);
  file.tensors.push_back(file.tensor("model.decoder.embed_tokens.weight"));
  file.tensors.back().name = "proj_out.weight";
  write_file(folder.place() / "config.json", hugging_face_config(model.dims));
  write_file(folder.place() / "pytorch_model.bin", file.zip(file.state_pickle()).make());
  expect_model(read_checkpoint(folder.place().path()), model);
}

TEST(HuggingFaceReader, ReadsNamesWithoutModelBeforeThem) {
  const SmallModel model = small_model();
  Folder folder(model);
  for (auto& entry : folder.tensors) entry.first.erase(0, 6);
  expect_model(folder.read(), model);
}

TEST(HuggingFaceReader, TakesAHeadThatEqualsTheEmbedding) {
  const SmallModel model = small_model();
  Folder folder(model);
  folder.tensors.emplace_back("proj_out.weight",
                              folder.tensor("model.decoder.embed_tokens.weight"));
  expect_model(folder.read(), model);
  folder.tensors.back().second.bytes[5] ^= 1;
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch), HasSubstr("expected proj_out.weight to equal"));
}

// Half precision read as floats is the same number, so a head in float32 can equal an embedding in
// float16.
TEST(HuggingFaceReader, TakesAHeadOfAnotherTypeButTheSameNumbers) {
  const SmallModel model = small_model();
  Folder folder(model);
  const StoredTensor& words = folder.tensor("model.decoder.embed_tokens.weight");
  const TensorView view =
      dense_view(words.dtype, words.shape, std::as_bytes(std::span(words.bytes)).data(), nullptr);
  const std::vector<float> numbers = to_float32(view);
  StoredTensor head{DType::float32, words.shape, {}};
  head.bytes.assign(reinterpret_cast<const char*>(numbers.data()), 4 * numbers.size());
  folder.tensors.emplace_back("proj_out.weight", head);
  expect_model(folder.read(), model);
  folder.tensors.back().second.bytes[4] ^= 1;
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch), HasSubstr("expected proj_out.weight to equal"));
}

TEST(HuggingFaceReader, TakesAHeadAloneForTheEmbedding) {
  const SmallModel model = small_model();
  Folder folder(model);
  for (auto& entry : folder.tensors) {
    if (entry.first == "model.decoder.embed_tokens.weight") entry.first = "proj_out.weight";
  }
  expect_model(folder.read(), model);
}

TEST(HuggingFaceReader, TakesAnIndexThatListsTheTiedHeadOfNoShard) {
  const SmallModel model = small_model();
  Folder folder(model);
  std::string index = folder.index();
  const std::string map = "\"weight_map\":{";
  index.insert(index.find(map) + map.size(), R"("proj_out.weight":"second.safetensors",)");
  expect_model(folder.read_sharded(index), model);
  index.insert(index.find(map) + map.size(), R"("decoder.more":"second.safetensors",)");
  EXPECT_THAT(folder.refusal_of_index(ErrorKind::mismatch, index), HasSubstr("weight_map"));
}

TEST(HuggingFaceReader, TakesWhatPythonWritesForNoNumber) {
  const SmallModel model = small_model();
  Folder folder(model);
  std::string config = hugging_face_config(model.dims);
  config.insert(1, R"("a": NaN, "b": [Infinity, -Infinity], "c": "NaN, Infinity", )");
  write_file(folder.place() / "generation_config.json",
             R"({"length_penalty": -Infinity, "alignment_heads": [[0, 2]]})");
  const Checkpoint checkpoint = folder.read(config);
  expect_model(checkpoint, model);
  EXPECT_THAT(*checkpoint.alignment_heads, ElementsAre(Pair(0, 2)));
  config.replace(config.find("\"d_model\": 8"), 12, "\"d_model\": NaN");
  EXPECT_THAT(folder.refusal(ErrorKind::format, config), HasSubstr("d_model"));
}

// The weights named are the weights read, also where the folder has others.
TEST(HuggingFaceReader, ReadsTheFolderAroundAFileOfIt) {
  const SmallModel model = small_model();
  const SmallModel other = small_model(DType::float32);
  Folder folder(model);
  (void)folder.read();
  const auto place = folder.place().path();
  const TorchFile torch = under_hugging_face_names(torch_file(other), other);
  write_file(place / "pytorch_model.bin", torch.zip(torch.state_pickle()).make());
  expect_model(read_checkpoint(place / "model.safetensors"), model);
  expect_model(read_checkpoint(place / "config.json"), model);
  const Checkpoint checkpoint = read_checkpoint(place / "pytorch_model.bin");
  expect_model(checkpoint, other);
  EXPECT_EQ(checkpoint.format, CheckpointFormat::hugging_face);
  EXPECT_EQ(checkpoint.path, place / "pytorch_model.bin");
  EXPECT_EQ(checkpoint.weights, place / "pytorch_model.bin");
}

TEST(HuggingFaceReader, ReadsAllShardsOfWhichOneIsNamed) {
  const SmallModel model = small_model();
  Folder folder(model);
  (void)folder.read_sharded();
  for (const std::string_view name : {"first.safetensors", "second.safetensors", kIndex.data()}) {
    const Checkpoint checkpoint = read_checkpoint(folder.place() / name);
    expect_model(checkpoint, model);
    EXPECT_EQ(checkpoint.weights, folder.place() / "first.safetensors");
  }
}

TEST(HuggingFaceReader, ReadsASafetensorsFileAloneByItsShapes) {
  const SmallModel model = model_of_one_head();
  const TempFolder folder;
  write_file(folder / "model.safetensors", safetensors(hugging_face_tensors(model)));
  const Checkpoint checkpoint = read_checkpoint(folder / "model.safetensors");
  expect_model(checkpoint, model);
  EXPECT_EQ(checkpoint.weights, folder / "model.safetensors");
}

TEST(HuggingFaceReader, TakesTheAlignmentHeadsFromTheGenerationConfig) {
  Folder folder(small_model());
  write_file(folder.place() / "generation_config.json", R"({"alignment_heads": [[0, 2]]})");
  EXPECT_THAT(*folder.read().alignment_heads, ElementsAre(Pair(0, 2)));
  write_file(folder.place() / "generation_config.json", R"({"alignment_heads": null})");
  EXPECT_EQ(folder.read().alignment_heads, std::nullopt);
  write_file(folder.place() / "generation_config.json", R"({"alignment_heads": [[0, 9]]})");
  const Checkpoint checkpoint = folder.read();
  EXPECT_EQ(checkpoint.alignment_heads, std::nullopt);
  EXPECT_THAT(checkpoint.notes, ElementsAre(HasSubstr("found [0, 9]: they are left out")));
}

TEST(HuggingFaceReader, NamesATensorAsTheFileDoes) {
  Folder folder(small_model());
  folder.tensors.erase(folder.tensors.begin());
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch), HasSubstr("expected the tensor model.decoder."));
  folder.tensors = hugging_face_tensors(small_model());
  folder.tensors.emplace_back("model.decoder.lora.weight", folder.tensors[0].second);
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch),
              HasSubstr("found also model.decoder.lora.weight"));
  folder.tensors.emplace_back(folder.tensors.back());
  EXPECT_THAT(folder.refusal(ErrorKind::format), HasSubstr("lora.weight twice"));
}

TEST(HuggingFaceReader, RefusesOtherShapesAndTypes) {
  Folder folder(small_model());
  folder.tensor("model.encoder.conv1.bias").shape = {2, 4};
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch), HasSubstr("encoder.conv1.bias of shape [8]"));
  folder.tensors = hugging_face_tensors(small_model());
  folder.tensor("model.encoder.conv1.bias") = {DType::int64, {8}, std::string(64, '\0')};
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch), HasSubstr("found int64"));
}

TEST(HuggingFaceReader, RefusesConfigsOfOtherModels) {
  Folder folder(small_model());
  const std::string config = hugging_face_config(small_model().dims);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = config;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_THAT(folder.refusal(ErrorKind::unsupported, with("\"whisper\"", "\"bert\"")),
              HasSubstr("model_type to be \"whisper\", found bert"));
  EXPECT_THAT(folder.refusal(ErrorKind::unsupported, with("\"gelu\"", "\"relu\"")),
              HasSubstr("activation_function"));
  EXPECT_THAT(folder.refusal(ErrorKind::unsupported, with("{", "{\"scale_embedding\": true, ")),
              HasSubstr("scale_embedding to be false"));
  EXPECT_THAT(folder.refusal(ErrorKind::format, with("d_model", "model_d")), HasSubstr("d_model"));
  EXPECT_THAT(folder.refusal(ErrorKind::format, with("\"d_model\": 8", "\"d_model\": 8.5")),
              HasSubstr("d_model"));
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch, with("\"d_model\": 8", "\"d_model\": -8")),
              HasSubstr("n_audio_state"));
  EXPECT_THAT(folder.refusal(ErrorKind::format,
                             with("\"d_model\": 8", "\"d_model\": 18446744073709551615")),
              HasSubstr("d_model"));
  EXPECT_THAT(folder.refusal(ErrorKind::mismatch, with("\"vocab_size\": 13", "\"vocab_size\": 14")),
              HasSubstr("decoder.token_embedding.weight of shape [14, 8]"));
  EXPECT_THAT(folder.refusal(ErrorKind::format, config.substr(0, 60)), HasSubstr("malformed"));
  EXPECT_THAT(folder.refusal(ErrorKind::format, with(": 8", concat(": ", std::string(100, '[')))),
              HasSubstr("nested"));
}

TEST(HuggingFaceReader, RefusesAFolderWithoutConfigOrWeights) {
  Folder folder(small_model());
  (void)folder.read();
  std::filesystem::remove(folder.place() / "config.json");
  expect_error(ErrorKind::not_found, (folder.place() / "config.json").string(),
               [&] { (void)read_checkpoint(folder.place().path()); });
  std::filesystem::remove(folder.place() / "model.safetensors");
  expect_error(ErrorKind::not_found, folder.place().path().string(),
               [&] { (void)read_checkpoint(folder.place().path()); });
}

TEST(HuggingFaceReader, RefusesAWrongIndex) {
  Folder folder(small_model());
  const std::string index = folder.index();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = index;
    return changed.replace(changed.find(from), from.size(), to);
  };
  EXPECT_THAT(folder.refusal_of_index(ErrorKind::mismatch, with("first.", "second.")),
              HasSubstr("first.safetensors, where it is"));
  EXPECT_THAT(folder.refusal_of_index(ErrorKind::format, with("first.", "../first.")),
              HasSubstr("a file in the same folder"));
  EXPECT_THAT(folder.refusal_of_index(ErrorKind::format, with("\"first.safetensors\"", "7")),
              HasSubstr("a file in the same folder"));
  EXPECT_THAT(
      folder.refusal_of_index(ErrorKind::format, with("first.", std::string(260, 'a') + ".")),
      HasSubstr("expected the name of a file in the same folder"));
  EXPECT_THAT(folder.refusal_of_index(ErrorKind::format, "{}"), HasSubstr("weight_map"));
  EXPECT_THAT(folder.refusal_of_index(
                  ErrorKind::mismatch,
                  with("\"weight_map\":{", "\"weight_map\":{\"more\":\"first.safetensors\",")),
              HasSubstr("66 tensors"));
  expect_error(ErrorKind::not_found, (folder.place() / "absent.safetensors").string(), [&] {
    (void)folder.read_sharded(R"({"weight_map": {"a": "absent.safetensors"}})");
  });
}

class Safetensors : public ::testing::Test {
 protected:
  static std::string file(const std::string& header, const std::string& data = "abcd") {
    return concat(little_endian(header.size(), 8), header, data);
  }
  static std::string refusal(ErrorKind kind, const std::string& bytes) {
    return expect_error(kind, "x.safetensors: ", [&] {
      (void)parse_safetensors(bytes_of(bytes), "x.safetensors", nullptr);
    });
  }
};

TEST_F(Safetensors, RefusesEveryTruncation) {
  const std::string bytes = safetensors(hugging_face_tensors(small_model()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    refusal(ErrorKind::format, bytes.substr(0, size));
  }
  refusal(ErrorKind::format, bytes + "x");
}

TEST_F(Safetensors, RefusesHugeAndMalformedHeaders) {
  refusal(ErrorKind::format, little_endian(~std::uint64_t{0}, 8) + "{}");
  EXPECT_THAT(refusal(ErrorKind::unsupported, file(std::string((16 << 20) + 1, ' '))),
              HasSubstr("16777216"));
  for (
      const char* header :
      {"",
       "[]",
       "3",
       "{",
       "{\"a\":",
       "{\"a\":1}",
       "{\"a\":{}}",
       "{\"a\":{\"dtype\":\"F32\"}}",
       R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}})",
       R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}})",
       R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})",
       R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}})",
       R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})",
       R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}})",
       R"({"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})",
       R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
       "{\"\xff\":1}"}) {
    refusal(ErrorKind::format, file(header));
  }
}

TEST_F(Safetensors, NamesTypesThatItCannotTake) {
  EXPECT_THAT(refusal(ErrorKind::unsupported,
                      file(R"({"a":{"dtype":"F8_E4M3","shape":[4],"data_offsets":[0,4]}})")),
              HasSubstr("the tensor a: expected F32, F16, BF16 or F64, found F8_E4M3"));
}

}  // namespace
}  // namespace sotto::test

#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/checkpoint_bytes.h"
#include "core/base/error.h"
#include "model/checkpoint/openai_writer.h"
#include "model/schema/weights.h"
#include "run/inspector/inspection.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/random_checkpoint.h"
#include "support/temp_folder.h"
#include "tflite/raw_tflite.h"
#include "torchscript/archive_entries.h"

namespace sotto::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class InspectionTest : public testing::Test {
 protected:
  Inspection inspected(const std::string& name, const std::string& bytes) {
    write_file(folder_ / name, bytes);
    Inspection inspection = inspect(folder_ / name);
    EXPECT_EQ(inspection.path, folder_ / name);
    EXPECT_EQ(inspection.bytes, bytes.size());
    return inspection;
  }

  std::string refusal(ErrorKind kind, const std::string& name) {
    const fs::path path = folder_ / name;
    return expect_error(kind, path.string() + ": ", [&] { static_cast<void>(inspect(path)); });
  }

  TempFolder folder_;
};

std::vector<std::string> names_of(const std::vector<TensorInfo>& tensors) {
  std::vector<std::string> names;
  for (const TensorInfo& tensor : tensors) names.push_back(tensor.name);
  return names;
}

std::int64_t elements_of(const std::vector<TensorInfo>& tensors) {
  return std::accumulate(
      tensors.begin(), tensors.end(), std::int64_t{0},
      [](std::int64_t sum, const TensorInfo& tensor) { return sum + num_elements(tensor.shape); });
}

/// All that depends on the model and not on how it lies on the disk.
void expect_small_model(const Inspection& inspection, const SmallModel& model) {
  ASSERT_TRUE(inspection.dims.has_value());
  for (const DimField& field : dim_fields()) {
    EXPECT_EQ((*inspection.dims).*field.member, model.dims.*field.member) << field.name;
  }
  EXPECT_EQ(inspection.size_name, "");  // nobody published it
  EXPECT_EQ(inspection.tensors.size(), model.tensors.size());
  EXPECT_EQ(inspection.parameters, elements_of(inspection.tensors));
  for (const TensorInfo& tensor : inspection.tensors) {
    const StoredTensor& stored = model.tensors.at(tensor.name);
    EXPECT_EQ(tensor.shape, stored.shape) << tensor.name;
    EXPECT_EQ(tensor.dtype, stored.dtype) << tensor.name;
  }
  EXPECT_EQ(inspection.graphs.size(), 5U);
}

TEST_F(InspectionTest, ShowsTheSameModelInEveryFormat) {
  const SmallModel model = small_model();
  const Inspection openai = inspected("model.pt", torch_file(model).openai());
  EXPECT_EQ(openai.kind, "OpenAI checkpoint");
  expect_small_model(openai, model);

  fs::create_directory(folder_ / "whisper");
  write_file(folder_ / "whisper" / "config.json", hugging_face_config(model.dims));
  write_file(folder_ / "whisper" / "model.safetensors", safetensors(hugging_face_tensors(model)));
  write_file(folder_ / "whisper" / "generation_config.json", R"({"alignment_heads": [[0, 1]]})");
  const Inspection hugging_face = inspect(folder_ / "whisper");
  EXPECT_EQ(hugging_face.kind, "Hugging Face checkpoint");
  EXPECT_THAT(hugging_face.facts,
              ElementsAre(Pair("weights", "model.safetensors"), Pair("alignment heads", "(0, 1)")));
  expect_small_model(hugging_face, model);
  EXPECT_EQ(hugging_face.bytes, 2 * static_cast<std::uint64_t>(hugging_face.parameters));

  const Inspection ctranslate2 = inspected("model.bin", ctranslate2_file(model).make());
  EXPECT_EQ(ctranslate2.kind, "CTranslate2 checkpoint");
  expect_small_model(ctranslate2, model);
}

/// By the formulas of the layers, written down here once more.
TEST_F(InspectionTest, CountsWhatTheGraphsCompute) {
  const WhisperDims dims = small_dims();
  write_openai_checkpoint(random_checkpoint(dims), folder_ / "model.pt");
  const Inspection inspection = inspect(folder_ / "model.pt");
  ASSERT_EQ(inspection.graphs.size(), 5U);
  const GraphInfo& encoder = inspection.graphs[0];
  const std::int64_t places = dims.n_audio_ctx, width = dims.n_audio_state;
  const std::int64_t convolutions =
      2 * places * width * dims.n_mels * 3 + places * width * width * 3;
  const std::int64_t layer = 12 * places * width * width + 2 * places * places * width;
  EXPECT_EQ(encoder.cost.multiply_adds, convolutions + dims.n_audio_layer * layer);
  ASSERT_EQ(encoder.inputs.size(), 1U);
  EXPECT_EQ(encoder.inputs[0].shape, (Shape{1, dims.n_mels, 2 * places}));
  ASSERT_EQ(encoder.outputs.size(), 1U);
  EXPECT_EQ(encoder.outputs[0].shape, (Shape{1, places, width}));
  EXPECT_EQ(encoder.boundary_bytes, 4 * (dims.n_mels * 2 * places + places * width));
  EXPECT_EQ(encoder.resident_bytes, 0);
  EXPECT_THAT(encoder.op_counts, Contains(Pair("conv1d", 2)));
  EXPECT_THAT(encoder.op_counts, Contains(Pair("gelu", 2 + dims.n_audio_layer)));
  for (std::size_t i = 1; i < encoder.op_counts.size(); ++i) {
    EXPECT_GE(encoder.op_counts[i - 1].second, encoder.op_counts[i].second);
  }
  // A step over the cache computes less than the whole sequence, and keeps the cache bound.
  EXPECT_LT(inspection.graphs[3].cost.multiply_adds, inspection.graphs[1].cost.multiply_adds);
  EXPECT_GT(inspection.graphs[3].resident_bytes, 0);
}

TEST_F(InspectionTest, ListsTheTensorsOfTorchsFiles) {
  TorchFile torch = torch_file(small_model());
  for (std::size_t i = 0; i < torch.tensors.size(); ++i) {  // of no Whisper
    torch.tensors[i].name = concat("layer.", i);
  }
  const Inspection state = inspected("state.pt", torch.zip(torch.state_pickle()).make());
  EXPECT_EQ(state.kind, "PyTorch file");
  EXPECT_EQ(state.tensors.size(), torch.tensors.size());
  EXPECT_EQ(state.parameters, elements_of(state.tensors));
  EXPECT_TRUE(state.graphs.empty());

  const Inspection module = inspected("part.pt", torchscript_of(small_part()));
  EXPECT_EQ(module.kind, "TorchScript module");
  EXPECT_FALSE(module.tensors.empty());
}

TEST_F(InspectionTest, ListsTheTensorsOfASafetensorsFileByName) {
  const SafeTensors tensors{{"b", {DType::float16, {2, 3}, std::string(12, 'x')}},
                            {"a", {DType::float32, {4}, std::string(16, 'x')}}};
  const Inspection inspection = inspected("two.safetensors", safetensors(tensors));
  EXPECT_EQ(inspection.kind, "safetensors file");
  EXPECT_THAT(names_of(inspection.tensors), ElementsAre("a", "b"));
  EXPECT_EQ(inspection.tensors[1].shape, (Shape{2, 3}));
  EXPECT_EQ(inspection.tensors[0].dtype, DType::float32);
  EXPECT_EQ(inspection.parameters, 10);
}

TEST_F(InspectionTest, ShowsTheMembersOfAJsonFileInTheirOrder) {
  const std::string text = R"({"z": 1, "a": {"b": 2, "c": 3}, "list": [1, 2], "name": "base"})";
  const Inspection inspection = inspected("some.json", text);
  EXPECT_EQ(inspection.kind, "JSON file");
  EXPECT_THAT(inspection.facts, ElementsAre(Pair("z", "1"), Pair("a", "{2 members}"),
                                            Pair("list", "[1,2]"), Pair("name", "\"base\"")));
  const Inspection elsewhere = inspected("config", text);  // by what it begins with
  EXPECT_EQ(elsewhere.facts, inspection.facts);
}

TEST_F(InspectionTest, SumsUpWhatIsLongInAJsonFile) {
  const std::string text(100, 'x');
  const Inspection inspection = inspected("some.json", concat(R"({"a":")", text, R"("})"));
  EXPECT_THAT(inspection.facts, ElementsAre(Pair("a", "a text of 102 bytes")));
  std::string many = "{\"0\":0";
  for (int i = 1; i < 1003; ++i) many += concat(",\"", i, "\":", i);
  const Inspection cut = inspected("many.json", many + "}");
  ASSERT_EQ(cut.facts.size(), 1001U);
  EXPECT_EQ(cut.facts.back().second, "3 members more");
}

TEST_F(InspectionTest, CountsTheTokensOfAVocabulary) {
  const Inspection inspection = inspected("some.tiktoken", "IQ== 0\nIg== 1\nIyM= 2\n");
  EXPECT_EQ(inspection.kind, "vocabulary");
  EXPECT_THAT(inspection.facts,
              ElementsAre(Pair("tokens", "3"), Pair("which", "none of Whisper's")));
  write_file(folder_ / "broken.tiktoken", "IQ== 0\nIg==\n");
  EXPECT_THAT(refusal(ErrorKind::format, "broken.tiktoken"), HasSubstr("line 2 "));
}

TEST_F(InspectionTest, ShowsANumpyArray) {
  std::string header = "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 3), }";
  header += std::string(127 - 10 - header.size(), ' ') + "\n";
  const Inspection inspection = inspected(
      "some.npy", concat(std::string("\x93NUMPY\1\0v\0", 10), header, std::string(12, 'x')));
  EXPECT_EQ(inspection.kind, "NumPy array");
  EXPECT_THAT(names_of(inspection.tensors), ElementsAre("some"));
  EXPECT_EQ(inspection.tensors[0].shape, (Shape{2, 3}));
  EXPECT_EQ(inspection.tensors[0].dtype, DType::float16);
  EXPECT_EQ(inspection.parameters, 6);
}

TEST_F(InspectionTest, ShowsTheGraphsOfATfliteFile) {
  const RawTflite file = small_tflite();
  const Inspection inspection = inspected("some.tflite", file.bytes());
  EXPECT_EQ(inspection.kind, "TFLite model");
  EXPECT_THAT(inspection.facts, Contains(Pair("description", "raw")));
  ASSERT_EQ(inspection.graphs.size(), 1U);
  const GraphInfo& graph = inspection.graphs[0];
  ASSERT_EQ(graph.inputs.size(), file.inputs.size());
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const RawTensor& tensor = file.tensors[static_cast<std::size_t>(file.inputs[i])];
    EXPECT_EQ(graph.inputs[i].name, tensor.name);
    EXPECT_EQ(graph.inputs[i].shape, Shape(tensor.shape.begin(), tensor.shape.end()));
    EXPECT_EQ(graph.inputs[i].type, "float32");
  }
  std::int64_t operators = 0;
  for (const auto& [name, count] : graph.op_counts) operators += count;
  EXPECT_EQ(operators, static_cast<std::int64_t>(file.operators.size()));
}

/// The kind follows from what a file begins with, whatever it is called.
TEST_F(InspectionTest, DoesNotTrustNames) {
  EXPECT_EQ(inspected("model.tflite", torch_file(small_model()).openai()).kind,
            "OpenAI checkpoint");
  EXPECT_EQ(inspected("model.pt", small_tflite().bytes()).kind, "TFLite model");
}

TEST_F(InspectionTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal(ErrorKind::not_found, "absent.pt"), HasSubstr("No such file"));
  EXPECT_THAT(refusal(ErrorKind::not_found, "."), HasSubstr("expected a folder with sotto.json"));
  write_file(folder_ / "model.gguf", "GGUF");
  EXPECT_THAT(refusal(ErrorKind::format, "model.gguf"),
              HasSubstr("expected a checkpoint, a bundle or a file of either, found a GGUF file"));
  write_file(folder_ / "empty.pt", TorchFile{}.zip("\x80\x02}.").make());
  EXPECT_THAT(refusal(ErrorKind::format, "empty.pt"), HasSubstr("without tensors"));
}

}  // namespace
}  // namespace sotto::test

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "core/tflite/tflite_model.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temp_folder.h"
#include "tflite/raw_tflite.h"

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;
using testing::StartsWith;
using Type = tflite::TensorType;

TfliteModel parse(const std::string& bytes) {
  return parse_tflite(std::as_bytes(std::span(bytes)), "small.tflite", nullptr);
}

std::string refusal(const std::string& bytes, ErrorKind kind = ErrorKind::format) {
  return expect_error(kind, "", [&] { static_cast<void>(parse(bytes)); });
}

/// The sentence about a file in which one thing was changed.
std::string refusal(const std::function<void(RawTflite&)>& change,
                    ErrorKind kind = ErrorKind::format) {
  RawTflite file = small_tflite();
  change(file);
  std::string sentence = refusal(file.bytes(), kind);
  EXPECT_THAT(sentence, StartsWith("small.tflite: "));
  return sentence;
}

float number(const TfliteTensor& tensor, std::size_t index) {
  float value = 0.0F;
  std::memcpy(&value, tensor.constant->data() + index * sizeof value, sizeof value);
  return value;
}

TEST(TfliteReader, GivesEverythingThatWasWritten) {
  const std::string bytes = small_tflite().bytes();
  const TfliteModel model = parse(bytes);
  EXPECT_EQ(model.description, "raw");
  ASSERT_EQ(model.subgraphs.size(), 1U);
  const TfliteSubgraph& graph = model.subgraphs[0];
  EXPECT_EQ(graph.name, "main");
  EXPECT_THAT(graph.inputs, ElementsAre(0));
  EXPECT_THAT(graph.outputs, ElementsAre(5));
  ASSERT_EQ(graph.tensors.size(), 6U);
  EXPECT_EQ(graph.tensors[0].name, "x");
  EXPECT_EQ(graph.tensors[0].shape, (Shape{1, 5, 4}));
  EXPECT_FALSE(graph.tensors[0].constant);
  ASSERT_EQ(graph.operators.size(), 3U);
  EXPECT_EQ(operator_name(graph.operators[0]), "FULLY_CONNECTED");
  EXPECT_THAT(graph.operators[0].inputs, ElementsAre(0, 1, 2));
  EXPECT_EQ(operator_name(graph.operators[1]), "GELU");
  EXPECT_FALSE(graph.operators[1].approximate_gelu);
  EXPECT_FALSE(graph.operators[2].adj_x);
  EXPECT_TRUE(graph.operators[2].adj_y);
  ASSERT_EQ(model.signatures.size(), 1U);
  EXPECT_EQ(model.signatures[0].key, "serving_default");
  EXPECT_THAT(model.signatures[0].inputs, ElementsAre(Pair("x", 0)));
  EXPECT_THAT(model.signatures[0].outputs, ElementsAre(Pair("scores", 5)));
}

TEST(TfliteReader, GivesConstantsWithoutCopyingThem) {
  const std::string bytes = small_tflite().bytes();
  const TfliteModel model = parse(bytes);
  const TfliteTensor& bias = model.subgraphs[0].tensors[2];
  ASSERT_TRUE(bias.constant);
  EXPECT_EQ(bias.constant->size(), 12U);
  EXPECT_EQ(number(bias, 2), 3.0F);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  EXPECT_GE(bias.constant->data(), begin);
  EXPECT_LE(bias.constant->data() + 12, begin + bytes.size());
}

TEST(TfliteReader, FindsConstantsBehindTheFlatbuffer) {
  RawTflite file = small_tflite();
  file.buffers[2] = {"", 1 << 20, 12};
  const std::size_t end = file.bytes().size();
  file.buffers[2].offset = end;
  std::string bytes = file.bytes();
  ASSERT_EQ(bytes.size(), end);
  const std::array<float, 3> values{7.0F, 8.0F, 9.0F};
  bytes.append(reinterpret_cast<const char*>(values.data()), sizeof values);
  const TfliteModel model = parse(bytes);
  EXPECT_EQ(number(model.subgraphs[0].tensors[2], 1), 8.0F);
  // One byte less, and the last does not lie in the file.
  EXPECT_THAT(refusal(bytes.substr(0, bytes.size() - 1)),
              AllOf(HasSubstr("tensor 2 of graph 0"), HasSubstr("lie outside of a file of")));
}

TEST(TfliteReader, RefusesOffsetsThatWrapAround) {
  EXPECT_THAT(refusal([](RawTflite& file) {
                file.buffers[2] = {"", ~0ULL - 3, 12};
              }),
              HasSubstr("outside"));
  EXPECT_THAT(refusal([](RawTflite& file) {
                file.buffers[2] = {"", 64, ~0ULL - 3};
              }),
              HasSubstr("outside"));
}

TEST(TfliteReader, KnowsOperatorsByEitherNumber) {
  RawTflite file = small_tflite();
  file.codes[0] = {0, "", 9};      // as files from before 2020 have it
  file.codes[1] = {150, "", 127};  // as newer ones do: 127 stands for "see the other"
  file.codes[2] = {32, "MTKEXT_LAYER_NORMALIZATION", 32};
  const std::string bytes = file.bytes();
  const auto operators = parse(bytes).subgraphs[0].operators;
  EXPECT_EQ(operator_name(operators[0]), "FULLY_CONNECTED");
  EXPECT_EQ(operator_name(operators[1]), "GELU");
  EXPECT_EQ(operator_name(operators[2]), "MTKEXT_LAYER_NORMALIZATION");
}

TEST(TfliteReader, SaysWhichShapesAreFixedAndWhatIsQuantized) {
  RawTflite file = small_tflite();
  file.tensors[0].shape = {1, 1, 4};
  file.tensors[0].shape_signature = {1, -1, 4};
  file.tensors[3].type = Type::int8;
  file.tensors[3].scales = {0.5F, 0.25F, 0.125F};
  file.tensors[4].is_variable = true;
  const std::string bytes = file.bytes();
  const auto tensors = parse(bytes).subgraphs[0].tensors;
  EXPECT_FALSE(tensors[0].has_fixed_shape);
  EXPECT_EQ(tensors[0].shape, (Shape{1, 1, 4}));
  EXPECT_TRUE(tensors[1].has_fixed_shape);
  EXPECT_EQ(tensors[3].scales, 3U);
  EXPECT_TRUE(tensors[4].is_variable);
}

TEST(TfliteReader, PacksElementsOfLessThanAByte) {
  RawTflite file = small_tflite();
  file.buffers[2] = {"ab"};
  file.tensors[2].type = Type::int4;  // three of them: two bytes
  const std::string bytes = file.bytes();
  EXPECT_EQ(parse(bytes).subgraphs[0].tensors[2].constant->size(), 2U);
  file.tensors[2].shape = {5};
  EXPECT_THAT(refusal(file.bytes()),
              HasSubstr("a constant of 2 bytes, expected those of int4 [5]"));
}

TEST(TfliteReader, TakesInputsThatAreNotGiven) {
  RawTflite file = small_tflite();
  file.operators[0].inputs[2] = -1;
  const std::string bytes = file.bytes();
  EXPECT_THAT(parse(bytes).subgraphs[0].operators[0].inputs, ElementsAre(0, 1, -1));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[0].inputs[2] = -2; }),
              HasSubstr("operator 0 of graph 0 refers to tensor -2 of 6"));
}

TEST(TfliteReader, RefusesNumbersOfWhatIsNotThere) {
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[1].inputs[0] = 6; }),
              HasSubstr("operator 1 of graph 0 refers to tensor 6 of 6"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[1].outputs[0] = -1; }),
              HasSubstr("operator 1 of graph 0 refers to tensor -1"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.inputs[0] = -1; }), HasSubstr("tensor -1"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.outputs[0] = 99; }), HasSubstr("tensor 99"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[2].code_index = 3; }),
              HasSubstr("operator 2 of graph 0 refers to operator code 3 of 3"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.tensors[1].buffer = 3; }),
              HasSubstr("tensor 1 of graph 0 refers to buffer 3 of 3"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.signature_graph = 1; }), HasSubstr("graph 1 of 1"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.signature_outputs[0].second = 6; }),
              HasSubstr("a signature refers to tensor 6"));
}

TEST(TfliteReader, RefusesWhatNoTensorCanBe) {
  EXPECT_THAT(refusal([](RawTflite& f) {
                f.tensors[0].shape = {1, -5, 4};
              }),
              HasSubstr("tensor 0 of graph 0 has the impossible shape [1, -5, 4]"));
  constexpr std::int32_t kHuge = 0x7fffffff;
  EXPECT_THAT(refusal([](RawTflite& f) {
                f.tensors[0].shape = {kHuge, kHuge, kHuge};
              }),
              HasSubstr("impossible shape"));
  // An element count that int64 holds, but whose bits it does not.
  EXPECT_THAT(refusal([](RawTflite& f) {
                f.tensors[1].shape = {kHuge, kHuge};
              }),
              HasSubstr("a constant of 48 bytes, expected those of float32"));
  EXPECT_THAT(refusal([](RawTflite& f) {
                f.tensors[1].shape = {3, 5};
              }),
              HasSubstr("tensor 1 of graph 0 is a constant of 48 bytes, expected those of float32 "
                        "[3, 5]"));
}

TEST(TfliteReader, RefusesOtherVersionsAndFilesWithoutGraph) {
  EXPECT_THAT(refusal([](RawTflite& f) { f.version = 4; }, ErrorKind::unsupported),
              HasSubstr("expected version 3 of the TFLite format, found 4"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.graphs = 0; }), HasSubstr("no graph"));
}

TEST(TfliteReader, RefusesConstantsThatItCouldNotGive) {
  EXPECT_THAT(refusal([](RawTflite& f) { f.tensors[1].is_sparse = true; }, ErrorKind::unsupported),
              HasSubstr("tensor 1 of graph 0 is stored sparse"));
  EXPECT_THAT(
      refusal([](RawTflite& f) { f.tensors[1].external_buffer = 1; }, ErrorKind::unsupported),
      HasSubstr("tensor 1 of graph 0 has its values in another file"));
}

TEST(TfliteReader, RefusesDescriptionsThatShareTheirWayToGigabytes) {
  RawTflite file = small_tflite();
  file.tensors[0].name = std::string(1 << 20, 'n');
  // Every graph is the same table: the file stays at a megabyte, what it describes would not.
  file.tensors.resize(1);
  file.tensors[0].buffer = 0;
  file.operators.clear();
  file.inputs = file.outputs = {0};
  file.signature_outputs = {{"y", 0}};
  std::string bytes = file.bytes();
  EXPECT_NO_THROW(static_cast<void>(parse(bytes)));
  file.graphs = 140;
  bytes = file.bytes();
  EXPECT_THAT(refusal(bytes), HasSubstr("more than 128 MB"));
}

TEST(TfliteReader, RefusesEveryTruncation) {
  const std::string bytes = small_tflite().bytes();
  constexpr std::size_t kPadding = 3;  // at the file's end, which nothing refers to
  for (std::size_t size = 0; size < bytes.size() - kPadding; ++size) {
    const std::string sentence = refusal(bytes.substr(0, size));
    EXPECT_THAT(sentence, AllOf(StartsWith("small.tflite: "), HasSubstr("TFLite file")));
  }
}

TEST(TfliteReader, SurvivesEveryFlippedBit) {
  const std::string good = small_tflite().bytes();
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bytes = good;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    try {
      static_cast<void>(parse(bytes));
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), StartsWith("small.tflite: "));
    }
  }
}

TEST(TfliteReader, ReadsFilesAndKeepsThemMapped) {
  const TempFolder folder;
  write_file(folder / "small.tflite", small_tflite().bytes());
  const TfliteModel model = read_tflite(folder / "small.tflite");
  std::filesystem::remove(folder / "small.tflite");
  EXPECT_EQ(number(model.subgraphs[0].tensors[2], 0), 1.0F);
  EXPECT_THROW(static_cast<void>(read_tflite(folder / "other.tflite")), Error);
}

TEST(TfliteReader, ReadsConstantsBeyondTheTwoGigabytesOfAFlatbuffer) {
  constexpr std::uint64_t kFar = 3ULL << 30U;
  RawTflite file = small_tflite();
  file.buffers[2] = {"", kFar, 12};
  const TempFolder folder;
  const auto path = folder / "large.tflite";
  write_file(path, file.bytes());
  std::filesystem::resize_file(path, kFar + 12);  // the gap takes no space
  const TfliteModel model = read_tflite(path);
  EXPECT_EQ(model.subgraphs[0].tensors[2].constant->size(), 12U);
  EXPECT_EQ(number(model.subgraphs[0].tensors[2], 2), 0.0F);
}

TEST(TfliteReader, KnowsATfliteFileByItsBeginning) {
  const std::string bytes = small_tflite().bytes();
  EXPECT_TRUE(is_tflite(std::as_bytes(std::span(bytes))));
  const std::string zip = "PK\x03\x04 and so on";
  EXPECT_FALSE(is_tflite(std::as_bytes(std::span(zip))));
  EXPECT_FALSE(is_tflite({}));
  EXPECT_THAT(refusal(zip), HasSubstr("expected a TFLite file"));
}

TEST(TfliteReader, KnowsCompositesByTheirNames) {
  const std::string bytes = composite_tflite("odml.group_norm", attribute("num_groups", 3)).bytes();
  const TfliteModel model = parse(bytes);
  ASSERT_EQ(model.subgraphs.size(), 2U);
  const TfliteOperator& call = model.subgraphs[0].operators[0];
  ASSERT_TRUE(call.composite);
  EXPECT_EQ(call.composite->name, "odml.group_norm");
  EXPECT_EQ(call.composite->decomposition, 1U);
  EXPECT_EQ(call.composite->groups, 3);
  EXPECT_EQ(operator_name(call), "odml.group_norm");
}

TEST(TfliteReader, TakesOnlyIntegersForNumbersOfGroups) {
  for (const std::string& attributes : {std::string(), attribute("epsilon", 1)}) {
    const std::string bytes = composite_tflite("odml.group_norm", attributes).bytes();
    EXPECT_FALSE(parse(bytes).subgraphs[0].operators[0].composite->groups);
  }
  RawTflite other = composite_tflite("odml.rms_norm");
  other.codes[0].code = 18;  // the options of a composite at another operator say nothing
  EXPECT_FALSE(parse(other.bytes()).subgraphs[0].operators[0].composite);
}

TEST(TfliteReader, RefusesCompositesThatLeadNowhere) {
  RawTflite file = composite_tflite("odml.rms_norm");
  for (const std::int32_t graph : {-1, 2}) {
    file.operators[0].decomposition = graph;
    EXPECT_THAT(refusal(file.bytes()), HasSubstr(concat("refers to graph ", graph, " of 2")));
  }
}

TEST(TfliteReader, RefusesDamagedAttributesOfComposites) {
  const std::string whole = attribute("num_groups", 1);
  // Cut anywhere they have no map at their end, or one that leads out of them.
  for (std::size_t kept = 1; kept < whole.size(); ++kept) {
    const std::string bytes = composite_tflite("odml.group_norm", whole.substr(0, kept)).bytes();
    try {
      EXPECT_FALSE(parse(bytes).subgraphs[0].operators[0].composite->groups) << kept;
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("operator 0 of graph 0 has damaged attributes"));
    }
  }
  EXPECT_THAT(refusal(composite_tflite("odml.group_norm", "no map at all").bytes()),
              HasSubstr("damaged attributes"));
}

}  // namespace
}  // namespace sotto::test

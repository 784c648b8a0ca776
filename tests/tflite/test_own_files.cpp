#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "compile/emitters/tflite/model_draft.h"
#include "core/base/error.h"
#include "core/tflite/own_files.h"
#include "mutation/tflite_mutator.h"
#include "mutation/tflite_places.h"
#include "support/expect_error.h"
#include "support/random_checkpoint.h"
#include "support/text_sink.h"
#include "tflite/own_file.h"

// What is told apart before LiteRT sees a file: what Sotto's emitter writes, and what it does not.

namespace sotto::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr TfliteBudget kAmple{100000, 1LL << 40, 1LL << 40};

TfliteModel parse(const std::string& bytes) {
  return parse_tflite(std::as_bytes(std::span(bytes)), "own.tflite", nullptr);
}

void check(const std::string& bytes, const TfliteBudget& budget = kAmple) {
  check_own_file(std::as_bytes(std::span(bytes)), parse(bytes), budget, "own.tflite");
}

std::string refusal(const std::string& bytes, const TfliteBudget& budget = kAmple) {
  std::string sentence = refusal_of([&] { check(bytes, budget); });
  if (sentence.empty()) return sentence;
  EXPECT_THAT(sentence, StartsWith("own.tflite: "));
  EXPECT_LT(sentence.size(), 400U) << sentence;
  return sentence;
}

/// The graph of everything, its operators and tensors by name.
class OwnFile : public testing::Test {
 protected:
  OwnFile() : bytes_(own_file(graph_of_everything())) {
    const TfliteSubgraph graph = parse(bytes_).subgraphs.front();
    for (std::size_t i = 0; i < graph.tensors.size(); ++i) tensors_[graph.tensors[i].name] = i;
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      const auto output = static_cast<std::size_t>(graph.operators[i].outputs.at(0));
      operators_[graph.tensors[output].name] = i;
    }
  }

  /// The way to a field of the operator that computes this tensor, or of the tensor.
  [[nodiscard]] std::string op(const std::string& output, const std::string& field) const {
    return concat("subgraphs.0.operators.", operators_.at(output), ".", field);
  }
  [[nodiscard]] std::string tensor(const std::string& name, const std::string& field) const {
    return concat("subgraphs.0.tensors.", tensors_.at(name), ".", field);
  }
  [[nodiscard]] std::int64_t number(const std::string& tensor) const {
    return static_cast<std::int64_t>(tensors_.at(tensor));
  }

  /// What is said of the file with this number changed.
  [[nodiscard]] std::string changed(const std::string& path, std::int64_t value) const {
    std::string bytes = bytes_;
    put_number(bytes, path, value);
    return refusal(bytes);
  }
  /// With a number of a constant changed.
  [[nodiscard]] std::string changed_constant(const std::string& name, std::size_t index,
                                             std::int64_t value) const {
    const auto buffer = number_at(bytes_, place_of(bytes_, tensor(name, "buffer")));
    return changed(concat("buffers.", buffer, ".data.", index), value);
  }

  std::string bytes_;
  std::map<std::string, std::size_t> tensors_, operators_;
};

TEST_F(OwnFile, IsTakenWithEveryOperator) {
  EXPECT_EQ(refusal(bytes_), "");
  EXPECT_EQ(refusal(own_file(graph_of_everything(), WeightType::float16)), "");
  const TfliteSubgraph graph = parse(bytes_).subgraphs.front();
  std::set<std::string> kinds;
  for (const TfliteOperator& one : graph.operators) kinds.insert(operator_name(one));
  EXPECT_EQ(kinds.size(), 19U);  // and DEQUANTIZE in the other
}

TEST(OwnFiles, MayHaveTheirWeightsBehindTheFlatbuffer) {
  ModelDraft draft(ModelDraft::Weights::behind);
  const std::int32_t input = draft.add_tensor("input", {1, 3});
  const std::int32_t weight =
      draft.add_constant("weight", {1, 3}, {own_values({1, 3}, {1, 2, 3}), 2.0F, DType::float32});
  const std::int32_t output = draft.add_tensor("output", {1, 3});
  draft.add_operator(
      {18, 1}, {input, weight}, output,
      {tflite::BuiltinOptions::MulOptions, tflite::CreateMulOptions(draft.builder()).Union()});
  TextSink sink;
  draft.end_graph({"Behind", "serving_default", {{"input", input}}, {{"output", output}}});
  draft.finish("Behind", sink);
  std::string bytes = sink.text;
  EXPECT_EQ(refusal(bytes), "");
  put_number(bytes, "buffers.1.offset", 701);
  EXPECT_THAT(refusal(bytes), HasSubstr("is a constant at an odd address"));
}

TEST_F(OwnFile, HasNoOperatorsOfOtherKindsOrVersions) {
  const auto code = number_at(bytes_, place_of(bytes_, op("root", "code_index")));
  EXPECT_THAT(changed(concat("codes.", code, ".code"), 75), HasSubstr("the numbers 76 and 75"));
  EXPECT_THAT(changed(concat("codes.", code, ".code"), 92), HasSubstr("(SQUARE) is none of"));
  EXPECT_THAT(changed(op("root", "code_index"), 0), HasSubstr("operator"));
  EXPECT_THAT(changed("codes.0.version", 12), HasSubstr("has version 12"));
  EXPECT_THAT(changed(concat("codes.", code, ".deprecated_code"), 3), HasSubstr("the numbers 3"));
}

TEST_F(OwnFile, HasTheOptionsOfItsOperators) {
  EXPECT_THAT(changed(op("sum", "options_type"), 0), HasSubstr("(ADD) has the options of another"));
  EXPECT_THAT(changed(op("shares", "options.0"), 0x40000000),
              HasSubstr("(SOFTMAX) has a beta other than 1"));
  EXPECT_THAT(changed(op("mean", "options.byte0"), 0), HasSubstr("(MEAN) has an axis that does"));
  EXPECT_THAT(changed(op("wide", "options.byte2"), 0), HasSubstr("has axes that do not stay"));
  EXPECT_THAT(changed(op("heard", "options.byte0"), 0), HasSubstr("(CONV_2D) has padding"));
  EXPECT_THAT(changed(op("heard", "options.1"), 0), HasSubstr("(CONV_2D) has operands that do"));
  EXPECT_THAT(changed(op("heard", "options.1"), -1), HasSubstr("(CONV_2D) has operands that do"));
  EXPECT_THAT(changed(op("heard", "options.2"), 0), HasSubstr("strides"));
  EXPECT_THAT(changed(op("z", "options.0"), 3), HasSubstr("(CONCATENATION) has operands"));
  EXPECT_THAT(changed(op("z", "options.0"), -1), HasSubstr("(CONCATENATION) has operands"));
}

// Of no kind, they would be verified by nobody.
TEST_F(OwnFile, HasNoOptionsWhereItsOperatorHasNone) {
  const auto root = number_at(bytes_, place_of(bytes_, op("root", "code_index")));
  std::string bytes = bytes_;
  put_number(bytes, op("sum", "code_index"), static_cast<std::int64_t>(root));
  put_number(bytes, op("sum", "options_type"), 0);
  put_number(bytes, op("sum", "inputs.@length"), 1);
  EXPECT_THAT(refusal(bytes), HasSubstr("(RSQRT) has the options of another kind"));
}

TEST_F(OwnFile, HasOperandsThatFit) {
  EXPECT_THAT(changed(op("wide", "inputs.1"), number("v")), HasSubstr("has operands that do not"));
  EXPECT_THAT(changed(op("wide", "inputs.0"), number("y")), HasSubstr("has operands that do not"));
  EXPECT_THAT(changed(op("scores", "inputs.1"), number("y")), HasSubstr("(BATCH_MATMUL) has op"));
  EXPECT_THAT(changed(op("scores", "inputs.0"), -1), HasSubstr("has no input 0"));
  EXPECT_THAT(changed(op("mean", "inputs.0"), number("integers_2")), HasSubstr("not float32"));
  EXPECT_THAT(changed(op("mean", "inputs.1"), number("b.times_0.5")),
              HasSubstr("(MEAN) has an input 1 that is not a constant of int32 [1]"));
  EXPECT_THAT(changed(op("sum", "inputs.1"), number("mean")), HasSubstr(""));
}

TEST_F(OwnFile, HasOutputsOfTheShapesThatFollow) {
  EXPECT_THAT(changed(tensor("exact", "shape.1"), 5),
              HasSubstr("(GELU) has an output of [1, 5, 10], expected [1, 6, 10]"));
  EXPECT_THAT(changed(tensor("mean", "shape.2"), 8), HasSubstr("has an output of [1, 6, 8]"));
  EXPECT_THAT(changed(tensor("longer", "shape.2"), 13), HasSubstr("(PAD) has an output of"));
  EXPECT_THAT(changed(tensor("heard", "shape.2"), 6), HasSubstr("(CONV_2D) has an output of"));
  EXPECT_THAT(changed(tensor("turned", "shape.0"), 3), HasSubstr("(TRANSPOSE) has an output of"));
  EXPECT_THAT(changed(tensor("z", "shape.1"), 1 << 30), HasSubstr("(CONCATENATION) has an output"));
  EXPECT_THAT(changed(tensor("row", "shape.0"), 0), HasSubstr("without elements"));
}

TEST_F(OwnFile, HasItsIntegersInRange) {
  EXPECT_THAT(changed_constant("integers_2", 0, 0), HasSubstr("an axis that is not the last"));
  EXPECT_THAT(changed_constant("integers_2", 0, -1), HasSubstr("an axis that is not the last"));
  EXPECT_THAT(changed_constant("integers_1_2_0", 0, 2), HasSubstr("(TRANSPOSE) has operands"));
  EXPECT_THAT(changed_constant("integers_1_2_0", 1, -1), HasSubstr("(TRANSPOSE) has operands"));
  EXPECT_THAT(changed_constant("integers_6_2_4", 2, -1), HasSubstr("a new shape that is not"));
  EXPECT_THAT(changed_constant("integers_0_3_0", 1, 5), HasSubstr("(SLICE) has operands"));
  EXPECT_THAT(changed_constant("integers_0_3_0", 1, -1), HasSubstr("(SLICE) has operands"));
  EXPECT_THAT(changed_constant("integers_0_3_0", 0, 1), HasSubstr("cuts along several axes"));
  EXPECT_THAT(changed_constant("integers_0_0_0_0_1_2_0_0.table", 4, -1), HasSubstr("(PAD) has op"));
  EXPECT_THAT(changed_constant("integers_0_0_0_0_1_2_0_0.table", 0, 1),
              HasSubstr("padding along several axes"));
  EXPECT_THAT(changed_constant("integers_0_0_0_0_1_2_0_0.table", 5, 3), HasSubstr("(PAD) has an"));
}

TEST_F(OwnFile, HasTensorsOfFloatsAndNothingAboutThem) {
  // float32 is not written down; what comes to lie in its place is the byte of has_rank.
  const auto rank = number_at(bytes_, place_of(bytes_, "subgraphs.0.tensors.0.@entry8"));
  EXPECT_THAT(changed("subgraphs.0.tensors.0.@entry1", static_cast<std::int64_t>(rank)),
              HasSubstr("that is not float32"));
  EXPECT_THAT(changed(tensor("integers_2", "type"), 0), HasSubstr("not a constant of int32 [1]"));
  EXPECT_THAT(changed(tensor("integers_2", "type"), 4), HasSubstr("is a constant of 4 bytes"));
  // A layout that says of another field that it is a variable, a shape or a quantization.
  for (const int field : {4, 5, 6, 7}) {
    std::string bytes = bytes_;
    const auto name = number_at(bytes, place_of(bytes, "subgraphs.0.tensors.0.@entry3"));
    put_number(bytes, concat("subgraphs.0.tensors.0.@entry", field),
               static_cast<std::int64_t>(name));
    EXPECT_NE(refusal(bytes), "") << field;
  }
}

TEST_F(OwnFile, HasOneSignatureOfItsOwnPorts) {
  EXPECT_THAT(changed("signatures.0.inputs.1.tensor", number("exact")),
              HasSubstr("its signature names other tensors"));
  EXPECT_THAT(changed("signatures.0.outputs.0.tensor", number("exact")),
              HasSubstr("its signature names other tensors"));
  EXPECT_THAT(changed("subgraphs.0.outputs.0", number("row")), HasSubstr("one tensor twice"));
  EXPECT_THAT(changed("subgraphs.0.outputs.0", number("x")), HasSubstr("is not computed"));
  EXPECT_THAT(changed("subgraphs.0.inputs.0", number("y")), HasSubstr("reads tensor"));
  EXPECT_THAT(changed("metadata.0.name.letter", 'M'), HasSubstr("metadata besides"));
  EXPECT_THAT(changed("metadata.0.buffer", 1), HasSubstr("not a text of 16 bytes"));
}

TEST_F(OwnFile, StaysWithinItsBudget) {
  EXPECT_THAT(refusal(bytes_, {10, 1LL << 40, 1LL << 40}), HasSubstr("operators, and the part's"));
  EXPECT_THAT(refusal(bytes_, {100, 100, 1LL << 40}), HasSubstr("multiply-adds, and"));
  EXPECT_THAT(refusal(bytes_, {100, 1LL << 40, 100}), HasSubstr("bytes of computed values, and"));
}

TEST_F(OwnFile, IsToldByItsPortsFirst) {
  const TfliteModel model = parse(bytes_);
  const TflitePorts right{{{"y", {2, 3, 4}}, {"x", {1, 6, 8}}},
                          {{"row", {1, 1, 4}}, {"z", {1, 12, 8}}}};
  EXPECT_NO_THROW(check_ports(model, right, "own.tflite"));
  const auto sentence = [&](auto change) {
    TflitePorts ports = right;
    change(ports);
    return expect_error(ErrorKind::mismatch,
                        "own.tflite: ", [&] { check_ports(model, ports, "own.tflite"); });
  };
  EXPECT_EQ(sentence([](TflitePorts& p) { p.inputs[1].name = "mel"; }),
            "own.tflite: expected a port named mel, found none");
  EXPECT_EQ(sentence([](TflitePorts& p) {
              p.outputs[0].shape = {1, 2, 4};
            }),
            "own.tflite: expected row to be float32 of [1, 2, 4], found float32 of [1, 1, 4]");
  EXPECT_EQ(sentence([](TflitePorts& p) { p.inputs.pop_back(); }),
            "own.tflite: expected 1 inputs and 2 outputs, found 2 and 2");
}

TEST_F(OwnFile, WidensConstantsOnly) {
  std::string bytes = own_file(graph_of_everything(), WeightType::float16);
  const TfliteSubgraph graph = parse(bytes).subgraphs.front();
  ASSERT_EQ(operator_name(graph.operators[0]), "DEQUANTIZE");
  const auto wide = concat("subgraphs.0.tensors.", graph.operators[0].outputs[0], ".shape.0");
  put_number(bytes, wide, 5);
  EXPECT_THAT(refusal(bytes), HasSubstr("(DEQUANTIZE) has an output of [5, 8], expected [10, 8]"));
  bytes = own_file(graph_of_everything(), WeightType::float16);
  put_number(bytes, "subgraphs.0.operators.0.inputs.0", graph.inputs[0]);
  EXPECT_THAT(refusal(bytes), HasSubstr("an input that is not a constant of float16"));
  bytes = own_file(graph_of_everything(), WeightType::float16);
  put_number(bytes, "subgraphs.0.outputs.0", graph.operators[0].outputs[0]);
  EXPECT_THAT(refusal(bytes), HasSubstr("is not computed"));
}

// No number of any field brings the rules down, and nearly all of them are noticed.
TEST_F(OwnFile, IsRefusedInOneSentenceHoweverItIsChanged) {
  const TfliteMutator mutator(bytes_);
  std::mt19937_64 random(1);
  int refused = 0;
  constexpr int kRounds = 5000;
  for (int round = 0; round < kRounds; ++round) {
    const Mutation mutation = mutator.mutate(random);
    refused += refusal(mutation.bytes).empty() ? 0 : 1;
  }
  EXPECT_GT(refused, kRounds * 3 / 4);
}

}  // namespace
}  // namespace sotto::test

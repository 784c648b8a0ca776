#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "core/base/error.h"
#include "core/tflite/tflite_model.h"
#include "support/expect_error.h"
#include "tflite/raw_tflite.h"

// What every reader of the format takes for granted, and what anybody's well-formed files may do.

namespace sotto::test {
namespace {

using testing::HasSubstr;
using Type = tflite::TensorType;

constexpr std::int32_t kAdd = 0, kConv2d = 3, kSlice = 65, kLstm = 16, kRank = 110, kReshape = 22,
                       kCustom = 32, kWhile = 119, kSplit = 49, kCallOnce = 129, kUnknown = 4711;

std::string refusal(const RawTflite& file) {
  const std::string bytes = file.bytes();
  std::string sentence = refusal_of([&] {
    static_cast<void>(parse_tflite(std::as_bytes(std::span(bytes)), "some.tflite", nullptr));
  });
  if (!sentence.empty()) {
    EXPECT_THAT(sentence, testing::StartsWith("some.tflite: no valid TFLite file: "));
  }
  return sentence;
}

std::string refusal(const std::function<void(RawTflite&)>& change) {
  RawTflite file = small_tflite();
  change(file);
  return refusal(file);
}

/// One operator of so many inputs and outputs, all given; the places of `missing` are −1.
std::string refusal(std::int32_t code, std::size_t inputs, std::size_t outputs,
                    const std::vector<std::size_t>& missing = {}) {
  RawTflite file;
  std::vector<std::int32_t> in, out;
  for (std::size_t i = 0; i < inputs; ++i) in.push_back(file.add_tensor({"x", {1, 4}}));
  file.inputs = in;
  for (const std::size_t place : missing) in[place] = -1;
  for (std::size_t i = 0; i < outputs; ++i) out.push_back(file.add_tensor({"y", {1, 4}}));
  file.add_operator(code, in, out);
  file.outputs = out;
  return refusal(file);
}

TEST(WellFormed, LeavesOutOnlyOperandsThatAnOperatorCanMiss) {
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[1].inputs[0] = -1; }),
              HasSubstr("operator 1 of graph 0 (GELU) has no input 0"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[0].inputs[1] = -1; }),
              HasSubstr("operator 0 of graph 0 (FULLY_CONNECTED) has no input 1"));
  EXPECT_EQ(refusal([](RawTflite& f) { f.operators[0].inputs[2] = -1; }), "");
  EXPECT_THAT(refusal(kAdd, 2, 1, {1}), HasSubstr("(ADD) has no input 1"));
  EXPECT_THAT(refusal(kSlice, 3, 1, {2}), HasSubstr("(SLICE) has no input 2"));
  EXPECT_THAT(refusal(kConv2d, 3, 1, {0}), HasSubstr("(CONV_2D) has no input 0"));
  EXPECT_EQ(refusal(kConv2d, 3, 1, {2}), "");
  EXPECT_THAT(refusal(kLstm, 20, 1, {0}), HasSubstr("(LSTM) has no input 0"));
  EXPECT_EQ(refusal(kLstm, 20, 1, {1, 5, 9, 10, 11, 12, 16, 17}), "");
  EXPECT_EQ(refusal(kCustom, 3, 1, {0, 2}), "");
}

TEST(WellFormed, WantsAsManyOperandsAsAnOperatorHas) {
  EXPECT_THAT(refusal(kAdd, 1, 1), HasSubstr("(ADD) has 1 inputs, expected 2"));
  EXPECT_THAT(refusal(kAdd, 3, 1), HasSubstr("(ADD) has 3 inputs, expected 2"));
  EXPECT_THAT(refusal(kAdd, 2, 0), HasSubstr("(ADD) has 0 outputs, expected 1"));
  EXPECT_THAT(refusal(kConv2d, 1, 1), HasSubstr("(CONV_2D) has 1 inputs, expected 2 to 3"));
  EXPECT_THAT(refusal(kLstm, 4, 1), HasSubstr("(LSTM) has 4 inputs, expected at least 5"));
  EXPECT_EQ(refusal(kConv2d, 2, 1), "");
  EXPECT_EQ(refusal(kReshape, 1, 1), "");
  EXPECT_EQ(refusal(kSplit, 2, 7), "");
  EXPECT_EQ(refusal(kWhile, 5, 5), "");
  EXPECT_EQ(refusal(kCallOnce, 0, 0), "");
  EXPECT_EQ(refusal(kRank, 1, 1), "");
  EXPECT_EQ(refusal(kCustom, 9, 4), "");
  EXPECT_EQ(refusal(kUnknown, 9, 4, {3}), "");
}

TEST(WellFormed, ComputesEverythingBeforeItIsRead) {
  EXPECT_THAT(refusal([](RawTflite& f) { std::swap(f.operators[0], f.operators[1]); }),
              HasSubstr("operator 0 of graph 0 (GELU) reads tensor 3, which nothing before it"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[1].inputs[0] = 4; }),
              HasSubstr("operator 1 of graph 0 (GELU) reads tensor 4"));  // its own output
  EXPECT_THAT(refusal([](RawTflite& f) { f.inputs.clear(); }), HasSubstr("reads tensor 0"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators.pop_back(); }),
              HasSubstr("graph 0 gives out tensor 5, which nothing computes"));
}

TEST(WellFormed, ComputesNothingTwiceAndNothingThatIsGiven) {
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[2].outputs[0] = 4; }),
              HasSubstr("operator 2 of graph 0 (BATCH_MATMUL) writes tensor 4, which another"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[1].outputs[0] = 0; }),
              HasSubstr("(GELU) writes tensor 0, which is an input of the graph"));
  EXPECT_THAT(refusal([](RawTflite& f) { f.operators[1].outputs[0] = 2; }),
              HasSubstr("(GELU) writes tensor 2, which is a constant"));
}

TEST(WellFormed, TakesWhatOtherPeoplesModelsDo) {
  // State that stays from run to run is read and written without being given.
  EXPECT_EQ(refusal([](RawTflite& f) {
              f.tensors[4].is_variable = true;
              f.operators.erase(f.operators.begin() + 1);
            }),
            "");
  // The shape of a scalar has no elements, and so no bytes.
  EXPECT_EQ(refusal([](RawTflite& f) {
              const auto shape = f.add_tensor({"shape", {0}, Type::int32});
              const auto one = f.add_tensor({"one", {}});
              f.inputs.push_back(f.add_tensor({"x1", {1}}));
              f.add_operator(kReshape, {f.inputs.back(), shape}, {one});
            }),
            "");
  // Inputs may be given out, and nobody need read what is computed.
  EXPECT_EQ(refusal([](RawTflite& f) { f.outputs = {0}; }), "");
  // Several graphs, open shapes, quantized values.
  EXPECT_EQ(refusal([](RawTflite& f) {
              f.graphs = 3;
              f.tensors[0].shape_signature = {1, -1, 4};
              f.tensors[3].type = Type::int8;
              f.tensors[3].scales = {0.5F};
            }),
            "");
}

}  // namespace
}  // namespace sotto::test

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "loaded_part.h"
#include "model/whisper/builders.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/random_checkpoint.h"

// A small Whisper through every back end of this build.

namespace sotto::test {
namespace {

// Two layers of rounding in float32; the acceptance of real models is 1e-4.
constexpr double kTolerance = 1e-5;

const Checkpoint& checkpoint() {
  static const Checkpoint whisper = random_checkpoint(small_dims());
  return whisper;
}

Graph encoder(std::int64_t) { return build_encoder_core(checkpoint()); }

Graph decoder(std::int64_t length) {
  DecoderCoreOptions options;
  options.length = length;
  return build_decoder_core(checkpoint(), options);
}

Tensor embeddings(std::int64_t length) { return random_tensor({1, length, 64}, 7); }
Tensor audio() { return random_tensor({1, 50, 64}, 8); }

std::vector<Tensor> decoder_inputs(std::int64_t length) {
  std::vector<Tensor> inputs;
  inputs.push_back(embeddings(length));
  inputs.push_back(audio());
  return inputs;
}

class WhisperOn : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    if (const auto absence = absence_of(GetParam()); !absence.empty()) GTEST_SKIP() << absence;
  }
};

TEST_P(WhisperOn, EncodesAsTheGraphMeans) {
  std::vector<Tensor> inputs;
  inputs.push_back(random_tensor({1, 16, 100}, 3));
  LoadedPart part(GetParam(), encoder);
  const Tensor found = std::move(part.run(inputs).front());
  const auto expected = run_plainly(encoder(0), {to_plain(inputs.front())});
  EXPECT_LE(relative_difference(found, expected.front()), kTolerance);
}

TEST_P(WhisperOn, DecodesEveryLengthAsTheGraphOfThatLengthMeans) {
  LoadedPart part(GetParam(), decoder);
  for (const std::int64_t length : {448, 1, 5, 64, 65}) {
    const std::vector<Tensor> inputs = decoder_inputs(length);
    const Tensor found = std::move(part.run(inputs).front());
    const auto expected =
        run_plainly(decoder(length), {to_plain(inputs.front()), to_plain(inputs.back())});
    ASSERT_EQ(found.shape(), (Shape{1, length, 1000}));
    EXPECT_LE(relative_difference(found, expected.front()), kTolerance) << "length " << length;
  }
}

TEST_P(WhisperOn, GivesPaddedLengthsWhatExactOnesGet) {
  LoadedPart padded(GetParam(), decoder);
  LoadedPart exact(GetParam(), [](std::int64_t) { return decoder(70); });
  const std::vector<Tensor> inputs = decoder_inputs(70);
  const Tensor found = std::move(padded.run(inputs).front());
  const Tensor expected = std::move(exact.run(inputs).front());
  EXPECT_LE(relative_difference(found, to_plain(expected)), 2e-6);
}

TEST_P(WhisperOn, RunsTwiceAlike) {
  LoadedPart part(GetParam(), decoder);
  const Tensor first = std::move(part.run(decoder_inputs(70)).front());
  (void)part.run(decoder_inputs(200));  // scribbles over what lengths share
  (void)part.run(decoder_inputs(3));
  const Tensor again = std::move(part.run(decoder_inputs(70)).front());
  EXPECT_TRUE(std::equal(first.floats().begin(), first.floats().end(), again.floats().begin()));
}

TEST_P(WhisperOn, KnowsItsSignature) {
  LoadedPart part(GetParam(), decoder);
  const Signature& signature = part.executable().signature();
  ASSERT_EQ(signature.inputs.size(), 2U);
  EXPECT_EQ(signature.inputs[0].name, "token_embeddings");
  EXPECT_EQ(signature.inputs[0].shape, (Shape{1, 448, 64}));
  EXPECT_EQ(signature.inputs[0].variable_axis, 1);
  EXPECT_EQ(signature.inputs[1].variable_axis, std::nullopt);
  ASSERT_EQ(signature.outputs.size(), 1U);
  EXPECT_EQ(signature.outputs[0].shape, (Shape{1, 448, 1000}));
}

/// The message with which a run on tensors of these shapes is refused.
std::string refusal(Executable& executable, const std::vector<Shape>& inputs, const Shape& output) {
  std::vector<Tensor> tensors;
  tensors.reserve(inputs.size());
  for (const Shape& shape : inputs) tensors.emplace_back(DType::float32, shape);
  std::vector<const Tensor*> pointers;
  pointers.reserve(tensors.size());
  for (const Tensor& tensor : tensors) pointers.push_back(&tensor);
  Tensor result(DType::float32, output);
  Tensor* results[] = {&result};
  return expect_error(ErrorKind::mismatch, "", [&] { executable.run(pointers, results); });
}

TEST_P(WhisperOn, RefusesTensorsThatDoNotFit) {
  using testing::HasSubstr;
  LoadedPart part(GetParam(), decoder);
  Executable& executable = part.executable();
  const Shape audio_shape{1, 50, 64};
  EXPECT_THAT(refusal(executable, {{1, 5, 63}, audio_shape}, {1, 5, 1000}),
              HasSubstr("token_embeddings: expected shape [1, 5, 64], found [1, 5, 63]"));
  EXPECT_THAT(refusal(executable, {{1, 449, 64}, audio_shape}, {1, 449, 1000}),
              HasSubstr("token_embeddings: expected shape [1, 448, 64], found [1, 449, 64]"));
  EXPECT_THAT(refusal(executable, {{1, 0, 64}, audio_shape}, {1, 0, 1000}),
              HasSubstr("token_embeddings"));
  EXPECT_THAT(refusal(executable, {{1, 5, 64}, {1, 49, 64}}, {1, 5, 1000}),
              HasSubstr("encoder_output: expected shape [1, 50, 64], found [1, 49, 64]"));
  EXPECT_THAT(refusal(executable, {{1, 5, 64}, audio_shape}, {1, 6, 1000}),
              HasSubstr("logits: expected shape [1, 5, 1000], found [1, 6, 1000]"));
  EXPECT_THAT(refusal(executable, {{1, 5, 64}}, {1, 5, 1000}),
              HasSubstr("expected 2 inputs, found 1"));
}

INSTANTIATE_TEST_SUITE_P(AllBackends, WhisperOn, testing::ValuesIn(loadable_backends()),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace sotto::test

// The decoder that times words, on every back end of this build.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "loaded_part.h"
#include "model/whisper/alignment_decoder.h"
#include "run/backends/registry.h"
#include "support/random_checkpoint.h"

namespace sotto::test {
namespace {

using testing::ElementsAre;
using Layers = std::vector<std::int64_t>;

// Two layers of rounding in float32.
constexpr double kTolerance = 1e-5;

WhisperDims four_layers() {
  WhisperDims dims = small_dims();
  dims.n_text_layer = 4;
  return dims;
}

const Checkpoint& checkpoint() {
  static const Checkpoint whisper = random_checkpoint(four_layers());
  return whisper;
}

Graph alignment_decoder(const Layers& layers, std::int64_t length) {
  DecoderCoreOptions options;
  options.length = length;
  return build_alignment_decoder(checkpoint(), layers, options);
}

std::vector<std::string> outputs_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const ValueId output : graph.outputs()) names.push_back(graph.value(output).name);
  return names;
}

TEST(AlignmentDecoder, GivesTheScoresOfItsLayers) {
  const Graph graph = alignment_decoder({0, 2}, 0);
  EXPECT_THAT(outputs_of(graph), ElementsAre("scores.0", "scores.2"));
  for (const ValueId output : graph.outputs()) {
    EXPECT_EQ(graph.shape(output), (Shape{1, 2, 448, 50}));
  }
}

TEST(AlignmentDecoder, HoldsNothingBehindItsLastLayersScores) {
  const Graph graph = alignment_decoder({2}, 0);
  EXPECT_EQ(graph.nodes().back().output.index, graph.outputs().front().index);
  for (const Value& value : graph.values()) {
    EXPECT_FALSE(value.name.starts_with("blocks.2.mlp")) << value.name;
    EXPECT_FALSE(value.name.starts_with("blocks.2.cross_attn.value")) << value.name;
    EXPECT_FALSE(value.name.starts_with("blocks.3")) << value.name;
  }
}

TEST(AlignmentDecoder, RefusesOtherThanAscendingLayersOfTheDecoder) {
  for (const Layers& layers : {Layers{}, Layers{4}, Layers{-1}, Layers{2, 1}, Layers{1, 1}}) {
    EXPECT_THROW(static_cast<void>(alignment_decoder(layers, 0)), Error);
  }
  EXPECT_THROW(static_cast<void>(alignment_decoder({0}, 449)), Error);
}

class AlignmentDecoderOn : public testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    if (const auto absence = absence_of(GetParam()); !absence.empty()) GTEST_SKIP() << absence;
  }
};

TEST_P(AlignmentDecoderOn, GivesTheScoresThatTheGraphMeansForEveryLength) {
  const Layers layers{1, 2, 3};
  LoadedPart part(GetParam(),
                  [&](std::int64_t length) { return alignment_decoder(layers, length); });
  for (const std::int64_t length : {448, 1, 6, 65}) {
    std::vector<Tensor> inputs;
    inputs.push_back(random_tensor({1, length, 64}, 7));
    inputs.push_back(random_tensor({1, 50, 64}, 8));
    const std::vector<Tensor> found = part.run(inputs);
    const auto expected = run_plainly(alignment_decoder(layers, length),
                                      {to_plain(inputs.front()), to_plain(inputs.back())});
    ASSERT_EQ(found.size(), layers.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].shape(), (Shape{1, 2, length, 50}));
      EXPECT_LE(relative_difference(found[i], expected[i]), kTolerance)
          << "layer " << layers[i] << ", length " << length;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllBackends, AlignmentDecoderOn, testing::ValuesIn(loadable_backends()),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace sotto::test

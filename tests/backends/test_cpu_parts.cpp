#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error.h"
#include "loaded_part.h"
#include "model/whisper/builders.h"
#include "model/whisper/stateful_builders.h"
#include "run/backends/cpu/arena.h"
#include "run/backends/cpu/cpu_resources.h"
#include "run/backends/cpu/passes/passes.h"
#include "run/backends/cpu/program.h"
#include "run/backends/cpu/steps/layout.h"
#include "support/random_checkpoint.h"

// The parts of the CPU back end that can be wrong without a wrong result.

namespace sotto::cpu {
namespace {

using test::random_checkpoint;
using test::small_dims;

/// Where the element at this place of the row-major order lies.
std::int64_t address(const Layout& layout, std::int64_t place) {
  std::int64_t sum = 0;
  for (std::size_t axis = layout.shape.size(); axis-- > 0;) {
    sum += place % layout.shape[axis] * layout.strides[axis];
    place /= layout.shape[axis];
  }
  return sum;
}

TEST(Layout, ReshapeKeepsEveryElementInItsPlace) {
  const Layout heads = permute(dense_layout({1, 6, 4, 8}), {0, 2, 1, 3});
  const std::vector<Shape> shapes = {{4, 6, 8}, {4, 1, 6, 2, 4}, {4, 6, 8, 1}, {2, 2, 3, 2, 8}};
  for (const Shape& shape : shapes) {
    const auto view = reshape(heads, shape);
    ASSERT_TRUE(view) << to_string(shape);
    for (std::int64_t place = 0; place < 192; ++place) {
      EXPECT_EQ(address(*view, place), address(heads, place)) << to_string(shape);
    }
  }
}

TEST(Layout, ReshapeSaysWhereItWouldHaveToMoveElements) {
  const Layout heads = permute(dense_layout({1, 6, 4, 8}), {0, 2, 1, 3});
  EXPECT_FALSE(reshape(heads, {24, 8}));
  EXPECT_FALSE(reshape(heads, {192}));
  EXPECT_FALSE(reshape(heads, {4, 48}));
}

TEST(Layout, DenseAfterPermuteIsDenseAfterPermute) {
  const Layout layout = dense_after_permute({2, 3, 4, 5}, {2, 0, 3, 1});
  EXPECT_FALSE(is_dense(layout));
  EXPECT_TRUE(is_dense(permute(layout, {2, 0, 3, 1})));
}

bool overlap(const Lifetime& a, const Lifetime& b) {
  return a.first <= b.last && b.first <= a.last;
}

TEST(Arena, KeepsApartWhatLivesAtTheSameTime) {
  std::mt19937_64 random(5);
  std::vector<Lifetime> buffers;
  for (int i = 0; i < 200; ++i) {
    const std::size_t first = random() % 100;
    buffers.push_back({random() % 5000, first, first + random() % 12});
  }
  const ArenaPlan plan = plan_arena(buffers);
  std::size_t sum = 0;
  for (std::size_t a = 0; a < buffers.size(); ++a) {
    EXPECT_EQ(plan.offsets[a] % 64, 0U);
    EXPECT_LE(plan.offsets[a] + buffers[a].bytes, plan.bytes);
    sum += buffers[a].bytes;
    for (std::size_t b = 0; b < a; ++b) {
      if (!overlap(buffers[a], buffers[b])) continue;
      EXPECT_TRUE(plan.offsets[a] + buffers[a].bytes <= plan.offsets[b] ||
                  plan.offsets[b] + buffers[b].bytes <= plan.offsets[a]);
    }
  }
  EXPECT_LT(plan.bytes, sum / 3);  // about a tenth of them live at a time
}

/// What is computed, in its order; views are left out.
std::vector<std::string> computed(const Graph& graph) {
  std::vector<std::string> names;
  const Graph fused = fuse(graph);
  for (const Node& node : fused.nodes()) {
    std::string name(op_name(node.op));
    if (name == "reshape" || name == "transpose" || name == "take_like") continue;
    if (const auto* linear = std::get_if<op::FusedLinear>(&node.op)) {
      name = "linear";
      if (linear->factor != 1.0F) name += "+scale";
      if (linear->has_gelu) name += "+gelu";
      if (linear->residual) name += "+add";
    }
    names.push_back(name);
  }
  return names;
}

TEST(Fusing, LeavesLittleOfAnEncoderLayer) {
  WhisperDims dims = small_dims();
  dims.n_audio_layer = 1;
  EXPECT_THAT(computed(build_encoder_core(random_checkpoint(dims))),
              testing::ElementsAre("conv_gelu", "conv_gelu", "add", "layer_norm",
                                   "linear+scale", "linear", "linear", "attention", "linear+add",
                                   "layer_norm", "linear+gelu", "linear+add", "layer_norm"));
}

TEST(Fusing, TakesTheMaskIntoAttention) {
  const auto names = computed(build_decoder_core(random_checkpoint(small_dims())));
  EXPECT_EQ(std::count(names.begin(), names.end(), "attention"), 4);
  EXPECT_EQ(std::count(names.begin(), names.end(), "softmax"), 0);
  EXPECT_EQ(std::count(names.begin(), names.end(), "add"), 1);  // of the positions
}

class Prepared : public testing::Test {
 protected:
  [[nodiscard]] Program program(const Graph& graph) {
    return {fuse(graph), weights_, numerics_};
  }

  CpuResources resources_{best_kernels({}), 2, Precision::f32};
  PackedWeights& weights_ = *resources_.weights;
  Numerics numerics_{resources_.kernels, 2};
};

TEST_F(Prepared, PacksTheWeightsOfSeveralLengthsOnce) {
  const Checkpoint checkpoint = random_checkpoint(small_dims());
  const Program one = program(build_decoder_core(checkpoint, {64}));
  const std::size_t bytes = weights_.bytes();
  const Program two = program(build_decoder_core(checkpoint, {448}));
  const auto tables = static_cast<std::size_t>(448 * 448 + 448 * 64) * sizeof(float);
  EXPECT_LE(weights_.bytes(), bytes + tables);  // the mask and the positions, as long as they are
}

TEST_F(Prepared, PacksTheWeightsOfStepsAndPromptsOnce) {
  const Checkpoint checkpoint = random_checkpoint(small_dims());
  const auto prepare = [&](std::int64_t rows) {
    const Graph layers = build_stateful_decoder(checkpoint, {rows, 0});
    const std::vector<BoundInput> places(layers.inputs().size());
    std::vector<const BoundInput*> bound;
    bound.reserve(places.size());
    for (const BoundInput& place : places) bound.push_back(&place);
    const Program step(fuse(layers), weights_, numerics_, bound);
    const Program head = program(build_decoder_head(checkpoint, rows));
    return weights_.bytes();
  };
  const std::size_t bytes = prepare(1);
  EXPECT_EQ(prepare(5), bytes);
  EXPECT_EQ(prepare(64), bytes);
  EXPECT_EQ(prepare(448), bytes);
}

TEST_F(Prepared, NeedsLittleMoreThanWhatLivesAtOneTime) {
  const Checkpoint checkpoint = random_checkpoint(small_dims());
  const Graph graph = build_encoder_core(checkpoint);
  const Program encoder = program(graph);
  EXPECT_LT(encoder.arena_bytes(), static_cast<std::size_t>(cost(graph).activation_bytes) / 3);
}

}  // namespace
}  // namespace sotto::cpu

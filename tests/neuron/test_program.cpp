#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "simulators/neuron_adapter/conversions.h"
#include "simulators/neuron_adapter/elements.h"
#include "simulators/neuron_adapter/interpreter.h"

namespace sotto::simulator {
namespace {

/// x [1, 2, 8, 16] attends to constants, and what comes of it is put out behind its GELU.
class Programs : public testing::Test {
 protected:
  enum Tensors : std::uint32_t { kX, kKeys, kValues, kScores, kShares, kSeen, kGelu, kOut };
  static constexpr std::size_t kSize = 2 * 8 * 16;

  Programs() : constants_(2 * kSize) {
    for (std::size_t i = 0; i < constants_.size(); ++i) {
      constants_[i] = to_half(std::sin(static_cast<float>(i)));
    }
    const Extents rows{1, 2, 8, 16}, turned{1, 2, 16, 8}, square{1, 2, 8, 8};
    network_.tensors = {{rows, false, 0},   {turned, true, 0},        {rows, true, kSize},
                        {square, false, 0}, {square, false, 0},       {rows, false, 0},
                        {rows, false, 0},   {{2, 2, 8, 16}, false, 0}};
    network_.operations = {{Kind::batch_matmul, {kX, kKeys}, kScores, {0, 0}, {}},
                           {Kind::softmax, {kScores}, kShares, {}, {}},
                           {Kind::batch_matmul, {kShares, kValues}, kSeen, {0, 0}, {}},
                           {Kind::gelu, {kSeen}, kGelu, {}, {}},
                           {Kind::concatenate, {kGelu, kSeen}, kOut, {0}, {}}};
    network_.inputs = {kX};
    network_.outputs = {kOut};
    network_.constants = constants_;
  }

  std::vector<Half> constants_;
  Network network_;
};

TEST_F(Programs, KeepNoScoresAndJoinNoOutputs) {
  const Program program = make_program(network_);
  ASSERT_EQ(program.operations.size(), 2U);
  EXPECT_EQ(program.operations[0].kind, Kind::attention);
  EXPECT_EQ(program.operations[1].kind, Kind::gelu);
  ASSERT_EQ(program.deliveries.size(), 2U);
  EXPECT_EQ(program.deliveries[0].tensor, kSeen);
  EXPECT_EQ(program.deliveries[0].first, kSize);
  EXPECT_EQ(program.deliveries[1].tensor, kGelu);
  EXPECT_EQ(program.deliveries[1].operation, 1U);
  EXPECT_EQ(program.is_delivered, std::vector{true});
  // The input, and what is seen, whose place its GELU takes.
  EXPECT_EQ(MemoryPlan(network_, program.operations).elements(), 2 * kSize);
}

TEST_F(Programs, JoinWhatIsReadAgain) {
  network_.outputs.push_back(kGelu);
  network_.operations.push_back({Kind::absolute, {kOut}, kShares, {}, {}});
  const Program program = make_program(network_);
  EXPECT_EQ(program.operations.back().kind, Kind::absolute);
  EXPECT_TRUE(program.deliveries.empty());
}

TEST_F(Programs, PutOutWhatTheirOperationsGive) {
  std::vector<float> x(kSize), out(2 * kSize);
  for (std::size_t i = 0; i < kSize; ++i) x[i] = std::cos(static_cast<float>(i));
  Interpreter interpreter(network_);
  std::size_t read = 0;
  Interpreter::Ports ports;
  ports.inputs = {{x.data(), 16, 16}};
  ports.outputs = {{out.data(), 16, 16}};
  ports.was_read = [&](std::size_t) { ++read; };
  interpreter.run(ports);
  EXPECT_EQ(read, 1U);

  std::vector<Half> queries(kSize), seen(kSize), gelu(kSize);
  narrow(x.data(), kSize, queries.data());
  Workers workers(1);
  const std::vector<TensorView> inputs{
      {&network_.tensors[kX].extents, queries.data(), nullptr},
      {&network_.tensors[kKeys].extents, constants_.data(), nullptr}};
  std::vector<Half> scores(2 * 8 * 8);
  const TensorView square{&network_.tensors[kScores].extents, scores.data(), nullptr};
  compute(network_.operations[0], inputs, square, workers);
  compute(network_.operations[1], std::vector{square}, square, workers);
  const std::vector<TensorView> shared{
      square, {&network_.tensors[kValues].extents, constants_.data() + kSize, nullptr}};
  compute(network_.operations[2], shared, {&network_.tensors[kSeen].extents, seen.data(), nullptr},
          workers);
  map(Kind::gelu, seen.data(), kSize, gelu.data());
  std::vector<float> expected(2 * kSize);
  widen(gelu.data(), kSize, expected.data());
  widen(seen.data(), kSize, expected.data() + kSize);
  EXPECT_EQ(out, expected);
}

// Windows of several lines are put together, those of one lie in the image as they are.
TEST(Convolutions, AreSumsOverTheirWindows) {
  for (const std::uint32_t lines : {1U, 2U}) {
    const Extents image{1, 4, 5, 2}, weight{3, lines, 2, 2}, width{3};
    const std::uint32_t down = 2, places = 4, rows = (4 - lines) / down + 1;
    const Extents result{1, rows, places, 3};
    std::vector<Half> in(40), weights(12 * lines), bias(3), out(rows * places * 3);
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = to_half(static_cast<float>(i % 7) - 3);
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = to_half(static_cast<float>(i));
    for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = to_half(static_cast<float>(10 * i));
    Workers workers(2);
    const std::vector<TensorView> inputs{{&image, in.data(), nullptr},
                                         {&weight, weights.data(), nullptr},
                                         {&width, bias.data(), nullptr}};
    compute({Kind::conv_2d, {}, 0, {static_cast<std::int32_t>(down), 1}, {}}, inputs,
            {&result, out.data(), nullptr}, workers);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::size_t channel = i % 3, x = i / 3 % places, y = i / 3 / places;
      float expected = to_float(bias[channel]);
      for (std::size_t k = 0; k < 4 * lines; ++k) {  // whole numbers, so exact
        const std::size_t line = y * down + k / 4, column = x + k / 2 % 2;
        expected += to_float(weights[channel * 4 * lines + k]) *
                    to_float(in[(line * 5 + column) * 2 + k % 2]);
      }
      EXPECT_EQ(to_float(out[i]), expected) << lines << ' ' << i;
    }
  }
}

}  // namespace
}  // namespace sotto::simulator

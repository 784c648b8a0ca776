#include <array>
#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "loaded_part.h"
#include "run/backends/cpu/cpu_executable.h"
#include "run/backends/threads.h"
#include "support/expect_error.h"
#include "support/model_part.h"

// Windows of audio, kept by one graph and read by another, against what attention is.

namespace sotto::test {
namespace {

using testing::HasSubstr;

constexpr double kTolerance = 2e-6;

struct Sizes {
  std::int64_t heads, width;  ///< of one head
  std::int64_t places;
  [[nodiscard]] std::int64_t row() const { return heads * width; }
};

Graph keeping_graph(const Sizes& sizes) {
  using Kind = op::KeepRows::Kind;
  Graph graph("Keeping");
  const Shape shape{1, sizes.places, sizes.row()};
  const ValueId key_rows = graph.add_input("key rows", shape);
  const ValueId value_rows = graph.add_input("value rows", shape);
  const ValueId window = graph.add_input("window", {1}, DType::int32);
  const ValueId keys = graph.add_input("keys", shape);
  const ValueId values = graph.add_input("values", shape);
  graph.add_output(
      graph.add("keys kept", op::KeepRows{key_rows, keys, window, sizes.heads, Kind::keys}));
  graph.add_output(graph.add("values kept",
                             op::KeepRows{value_rows, values, window, sizes.heads, Kind::values}));
  verify(graph);
  return graph;
}

Graph attention_graph(const Sizes& sizes, std::int64_t rows) {
  Graph graph("Attention");
  const ValueId query = graph.add_input("query", {1, rows, sizes.row()});
  const ValueId windows = graph.add_input("windows", {rows}, DType::int32);
  const ValueId keys = graph.add_input("keys", {1, sizes.places, sizes.row()});
  const ValueId values = graph.add_input("values", {1, sizes.places, sizes.row()});
  graph.set_variable_axis({query, 1});
  graph.tie_to_variable_axis({windows, 0});
  graph.add_output(
      graph.add("mixed", op::WindowAttention{query, keys, values, windows, sizes.heads}));
  verify(graph);
  return graph;
}

std::shared_ptr<cpu::CpuResources> resources() {
  return std::make_shared<cpu::CpuResources>(cpu::best_kernels({}), thread_count(),
                                             Precision::f32);
}

ModelPart attention_part(const Sizes& sizes) {
  ModelPart part = part_of(
      "part", [sizes](std::int64_t rows) { return attention_graph(sizes, rows == 0 ? 40 : rows); });
  part.frequent_lengths = {1, 2, 3, 8, 16};
  return part;
}

Tensor whole_numbers(const std::vector<std::int32_t>& numbers) {
  Tensor tensor(DType::int32, {static_cast<std::int64_t>(numbers.size())});
  std::memcpy(tensor.data(), numbers.data(), tensor.bytes());
  return tensor;
}

/// The two graphs on the CPU over caches that they share, as their signatures ask for them, beside
/// the rows that were kept.
class Windows {
 public:
  explicit Windows(const Sizes& sizes, std::int64_t windows = 1)
      : sizes_(sizes),
        keeping_(part_of("keeping", [sizes](std::int64_t) { return keeping_graph(sizes); }),
                 resources()),
        attention_(attention_part(sizes), resources()) {
    grow(windows);
  }

  void grow(std::int64_t windows) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Signature::Port& port = keeping_.signature().inputs[3 + i];
      Shape shape = port.shape;
      shape.front() = windows;
      Tensor larger(port.dtype, shape);
      std::memcpy(larger.data(), caches_[i].data(), caches_[i].size() > 0 ? caches_[i].bytes() : 0);
      std::swap(caches_[i], larger);
      keeping_.bind_input(3 + i, caches_[i]);
      attention_.bind_input(2 + i, caches_[i]);
      rows_[i].shape = {windows, sizes_.places, sizes_.row()};
      rows_[i].values.resize(static_cast<std::size_t>(num_elements(rows_[i].shape)));
    }
  }

  void keep(std::int32_t window, float broken = 0) {
    const Shape shape{1, sizes_.places, sizes_.row()};
    std::array<Tensor, 2> rows{random_tensor(shape, ++seed_, 2.0F), random_tensor(shape, ++seed_)};
    if (!std::isfinite(broken)) rows[0].floats()[0] = broken;
    const Tensor number = whole_numbers({window});
    const std::array<const Tensor*, 5> inputs{&rows[0], &rows[1], &number, nullptr, nullptr};
    std::array<Tensor, 2> kept{Tensor(DType::float32, {1}), Tensor(DType::float32, {1})};
    keeping_.run(inputs, std::array<Tensor*, 2>{&kept[0], &kept[1]});
    EXPECT_EQ(kept[0].floats()[0], 0.0F);
    for (std::size_t i = 0; i < 2; ++i) {
      const PlainTensor plain = to_plain(rows[i]);
      std::copy(plain.values.begin(), plain.values.end(),
                rows_[i].values.begin() + window * sizes_.places * sizes_.row());
    }
  }

  /// A row of each of these windows; the largest difference from what should be.
  double attend(const std::vector<std::int32_t>& windows) {
    const auto rows = static_cast<std::int64_t>(windows.size());
    const Tensor query = random_tensor({1, rows, sizes_.row()}, ++seed_, 2.0F);
    const Tensor numbers = whole_numbers(windows);
    output = Tensor(DType::float32, query.shape());
    const std::array<const Tensor*, 4> inputs{&query, &numbers, nullptr, nullptr};
    attention_.run(inputs, std::array<Tensor*, 1>{&output});
    const PlainTensor plain_numbers{numbers.shape(), {windows.begin(), windows.end()}};
    const Op op = op::WindowAttention{{}, {}, {}, {}, sizes_.heads};
    return relative_difference(
        output, compute_plainly(op, {to_plain(query), rows_[0], rows_[1], plain_numbers}));
  }

  [[nodiscard]] std::span<const float> row(std::int64_t index) const {
    return output.floats().subspan(static_cast<std::size_t>(index * sizes_.row()),
                                   static_cast<std::size_t>(sizes_.row()));
  }

  Tensor output;

 private:
  Sizes sizes_;
  cpu::CpuExecutable keeping_, attention_;
  std::array<Tensor, 2> caches_;
  std::array<PlainTensor, 2> rows_;
  std::uint64_t seed_ = 0;
};

class WindowAttention : public testing::TestWithParam<Sizes> {};

TEST_P(WindowAttention, ReadsTheWindowOfEachRow) {
  Windows windows(GetParam(), 3);
  for (const std::int32_t window : {0, 2, 1}) windows.keep(window);
  EXPECT_LE(windows.attend({1}), kTolerance);
  EXPECT_LE(windows.attend({2, 0}), kTolerance);
  EXPECT_LE(windows.attend({0, 0, 1, 2, 2, 2, 0}), kTolerance);
  EXPECT_LE(windows.attend(std::vector<std::int32_t>(21, 1)), kTolerance);
  windows.keep(1);
  EXPECT_LE(windows.attend({1, 0}), kTolerance);
}

TEST_P(WindowAttention, KeepsWindowsWhereTheirCacheGrows) {
  Windows windows(GetParam());
  windows.keep(0);
  windows.grow(4);
  windows.keep(3);
  EXPECT_LE(windows.attend({3, 0, 3}), kTolerance);
}

TEST_P(WindowAttention, MakesZerosOfPadding) {
  Windows windows(GetParam());
  windows.keep(0);
  EXPECT_LE(windows.attend({0, -1, 0}), kTolerance);
  EXPECT_THAT(windows.row(1), testing::Each(0.0F));
}

TEST_P(WindowAttention, HidesNothingThatIsNoNumber) {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Windows windows(GetParam(), 2);
    windows.keep(0);
    windows.keep(1, broken);
    (void)windows.attend({1, 0});
    const auto first_head = windows.row(0).first(static_cast<std::size_t>(GetParam().width));
    for (const float value : first_head) EXPECT_TRUE(std::isnan(value));
    for (const float value : windows.row(1)) EXPECT_TRUE(std::isfinite(value));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, WindowAttention,
                         testing::Values(Sizes{2, 64, 50}, Sizes{1, 80, 9}, Sizes{3, 20, 30},
                                         Sizes{2, 7, 1}, Sizes{4, 1, 13}),
                         [](const auto& tested) {
                           return concat(tested.param.heads, "_of_", tested.param.width);
                         });

TEST(WindowAttentionRefuses, WindowsThatTheCacheLacks) {
  Windows windows({2, 8, 5}, 2);
  windows.keep(1);
  EXPECT_THAT(refusal_of([&] { windows.keep(2); }), HasSubstr("window 2 of a cache of 2"));
  EXPECT_THAT(refusal_of([&] { windows.keep(-1); }), HasSubstr("window -1 cannot be kept"));
  EXPECT_THAT(refusal_of([&] {
                (void)windows.attend({0, 2});
              }),
              HasSubstr("window 2 of a cache of 2"));
}

}  // namespace
}  // namespace sotto::test

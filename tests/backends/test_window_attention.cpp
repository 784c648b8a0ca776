#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

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
  /// Of queries, scaled by their width as decoders scale them.
  [[nodiscard]] float reach() const { return 2.0F / std::sqrt(static_cast<float>(width)); }
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

using Resources = std::shared_ptr<cpu::CpuResources>;

Resources resources(Precision precision = Precision::f32,
                    const cpu::Kernels& kernels = cpu::best_kernels({})) {
  return std::make_shared<cpu::CpuResources>(kernels, thread_count(), precision);
}

std::size_t size(std::int64_t count) { return static_cast<std::size_t>(count); }

double largest_of(std::span<const double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

// Half a step of bytes whose scale is rounded up to a bfloat16, and of integers of 15 bits, as a
// part of the largest of those that share it.
constexpr double kByte = 1.0 / 254 * (1 + 1.0 / 128);
constexpr double kFine = 1.0 / 16256;
constexpr std::int64_t kGroup = cpu::kGroup;

/// One head's attention of one row, and how far bytes may take it.
struct Head {
  std::span<const double> query;
  std::vector<std::span<const double>> keys, values;

  /// How far a key's and the query's rounding may move its score.
  [[nodiscard]] double moved(std::span<const double> key) const {
    double sum = 0;
    for (std::size_t first = 0; first < key.size(); first += size(kGroup)) {
      const std::size_t count = std::min(size(kGroup), key.size() - first);
      const double step = kByte * largest_of(key.subspan(first, count));
      const double query_step = kFine * largest_of(query.subspan(first, count));
      for (std::size_t i = first; i < first + count; ++i) {
        sum += std::abs(query[i]) * step + (std::abs(key[i]) + step) * query_step;
      }
    }
    return sum;
  }

  /// softmax(query · keysᵀ).
  [[nodiscard]] std::vector<double> weights() const {
    PlainTensor scores{{static_cast<std::int64_t>(keys.size())}, {}};
    for (const auto& key : keys) {
      scores.values.push_back(std::inner_product(query.begin(), query.end(), key.begin(), 0.0));
    }
    return compute_plainly(op::Softmax{}, {scores}).values;
  }

  /// Of element i: where all scores move by so much against each other, weights change by e to
  /// twice that; values by half a step; and weights times scales are fine integers in groups.
  [[nodiscard]] double bound(std::int64_t i) const {
    const std::vector<double> weight = weights();
    double most_moved = 0, mixed = 0, stepped = 0, fine = 0;
    for (const auto& key : keys) most_moved = std::max(most_moved, moved(key));
    const double factor = std::exp(2 * most_moved);
    for (std::size_t first = 0; first < values.size(); first += size(kGroup)) {
      const std::size_t last = std::min(first + size(kGroup), values.size());
      double largest = 0;
      for (std::size_t place = first; place < last; ++place) {
        const double step = kByte * largest_of(values[place]);
        mixed += weight[place] * std::abs(values[place][size(i)]);
        stepped += weight[place] * step;
        largest = std::max(largest, weight[place] * 2 * step * factor);
      }
      fine += static_cast<double>(last - first) * 127 * kFine * largest;
    }
    return (factor - 1 + kTolerance) * mixed + factor * stepped + fine;
  }
};

/// The two graphs on the CPU over caches that they share, as their signatures ask for them, beside
/// the rows that were kept.
class Windows {
 public:
  explicit Windows(const Sizes& sizes, std::int64_t windows = 1,
                   const Resources& resources_of_both = resources())
      : sizes_(sizes),
        keeping_(part_of("keeping", [sizes](std::int64_t) { return keeping_graph(sizes); }),
                 resources_of_both),
        attention_(attention_part(sizes), resources_of_both) {
    grow(windows);
  }

  void grow(std::int64_t windows) {
    for (std::size_t i = 0; i < 2; ++i) {
      const Signature::Port& port = keeping_.signature().inputs[3 + i];
      Shape shape = port.shape;
      shape.front() = windows;
      Tensor larger(port.dtype, shape);
      if (caches_[i].size() > 0) {
        std::memcpy(larger.data(), caches_[i].data(), caches_[i].bytes());
      }
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
    query_ = random_tensor({1, rows, sizes_.row()}, ++seed_, sizes_.reach());
    const Tensor numbers = whole_numbers(windows);
    output = Tensor(DType::float32, query_.shape());
    const std::array<const Tensor*, 4> inputs{&query_, &numbers, nullptr, nullptr};
    attention_.run(inputs, std::array<Tensor*, 1>{&output});
    const PlainTensor plain_numbers{numbers.shape(), {windows.begin(), windows.end()}};
    const Op op = op::WindowAttention{{}, {}, {}, {}, sizes_.heads};
    expected_ = compute_plainly(op, {to_plain(query_), rows_[0], rows_[1], plain_numbers});
    return relative_difference(output, expected_);
  }

  /// Whether each row of a run is what it is in a run of its own.
  bool is_the_same_alone(const std::vector<std::int32_t>& windows) {
    (void)attend(windows);
    const Tensor queries = std::move(query_), together = std::move(output);
    for (std::size_t row = 0; row < windows.size(); ++row) {
      const std::size_t begin = at(static_cast<std::int64_t>(row), 0);
      Tensor query(DType::float32, {1, 1, sizes_.row()}), alone(DType::float32, query.shape());
      std::copy_n(queries.floats().begin() + static_cast<std::ptrdiff_t>(begin), query.size(),
                  query.floats().begin());
      const Tensor number = whole_numbers({windows[row]});
      const std::array<const Tensor*, 4> inputs{&query, &number, nullptr, nullptr};
      attention_.run(inputs, std::array<Tensor*, 1>{&alone});
      if (std::memcmp(alone.data(), together.floats().data() + begin, alone.bytes()) != 0) {
        return false;
      }
    }
    return true;
  }

  /// The same where windows are kept as bytes: the largest difference as a part of what their
  /// rounding may change there.
  double attend_within_bytes(const std::vector<std::int32_t>& windows) {
    (void)attend(windows);
    double most = 0;
    for (std::size_t row = 0; row < windows.size(); ++row) {
      for (std::int64_t head = 0; head < sizes_.heads; ++head) {
        const Head one = head_of(row, windows[row], head);
        for (std::int64_t i = 0; i < sizes_.width; ++i) {
          const std::size_t place = at(static_cast<std::int64_t>(row), head) + size(i);
          const double difference = std::abs(expected_.values[place] - output.floats()[place]);
          most = std::max(most, difference / one.bound(i));
        }
      }
    }
    return most;
  }

  [[nodiscard]] const cpu::CpuExecutable& keeping() const { return keeping_; }
  [[nodiscard]] cpu::CpuExecutable& attention() { return attention_; }

  [[nodiscard]] std::span<const float> row(std::int64_t index) const {
    return output.floats().subspan(static_cast<std::size_t>(index * sizes_.row()),
                                   static_cast<std::size_t>(sizes_.row()));
  }

  Tensor output;

 private:
  /// Where a head of a row begins.
  [[nodiscard]] std::size_t at(std::int64_t row, std::int64_t head) const {
    return size(row * sizes_.row() + head * sizes_.width);
  }
  [[nodiscard]] Head head_of(std::size_t row, std::int64_t window, std::int64_t head) {
    query_values_ = to_plain(query_).values;
    const auto width = size(sizes_.width);
    Head one{
        std::span(query_values_).subspan(at(static_cast<std::int64_t>(row), head), width), {}, {}};
    for (std::int64_t place = 0; place < sizes_.places; ++place) {
      const std::size_t begin = at(window * sizes_.places + place, head);
      one.keys.push_back(std::span(rows_[0].values).subspan(begin, width));
      one.values.push_back(std::span(rows_[1].values).subspan(begin, width));
    }
    return one;
  }

  Sizes sizes_;
  Tensor query_;
  PlainTensor expected_;
  std::vector<double> query_values_;
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

// The same to the last bit, whoever shares the run with it.
TEST_P(WindowAttention, GivesARowTheSameAloneAndAmongOthers) {
  for (const Precision precision : {Precision::f32, Precision::automatic}) {
    for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
      Windows windows(GetParam(), 2, resources(precision, *kernels));
      windows.keep(0);
      windows.keep(1);
      for (const std::vector<std::int32_t>& all :
           {std::vector<std::int32_t>{1, 0}, {0, 0, 0}, {1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0}}) {
        EXPECT_TRUE(windows.is_the_same_alone(all)) << kernels->name;
      }
    }
  }
}

// What is kept has the kernels' form, and is as large as they say.
TEST_P(WindowAttention, AsksForWindowsOfTheFormThatItReads) {
  for (const Precision precision : {Precision::f32, Precision::bf16, Precision::int8}) {
    Windows windows(GetParam(), 1, resources(precision));
    const bool has_bytes = precision != Precision::f32 && GetParam().width % 4 == 0;
    const cpu::WindowForm form{has_bytes ? cpu::Element::int8 : cpu::Element::f32, GetParam().heads,
                               GetParam().width, GetParam().places};
    const auto words = static_cast<std::int64_t>(cpu::window_bytes(form) / 4);
    for (const std::size_t i : {0U, 1U}) {
      for (const Signature::Port& port : {windows.keeping().signature().inputs[3 + i],
                                          windows.attention().signature().inputs[2 + i]}) {
        EXPECT_EQ(port.dtype, DType::int32) << port.name;
        EXPECT_EQ(port.shape, (Shape{1, words})) << port.name;
      }
    }
    Tensor rows(DType::float32, {1, GetParam().places, GetParam().row()});
    Tensor few(DType::int32, {1, words - 1}), right(DType::int32, {3, words});
    EXPECT_THAT(refusal_of([&] { windows.attention().bind_input(2, rows); }),
                HasSubstr("input keys: expected int32"));
    EXPECT_THAT(refusal_of([&] { windows.attention().bind_input(2, few); }),
                HasSubstr("input keys: expected shape"));
    EXPECT_EQ(refusal_of([&] { windows.attention().bind_input(2, right); }), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, WindowAttention,
                         testing::Values(Sizes{2, 64, 50}, Sizes{1, 80, 9}, Sizes{3, 20, 30},
                                         Sizes{2, 7, 1}, Sizes{4, 1, 13}),
                         [](const auto& tested) {
                           return concat(tested.param.heads, "_of_", tested.param.width);
                         });

TEST(WindowsInBytes, AreAsFarOffAsBytesAre) {
  for (const Sizes& sizes :
       {Sizes{2, 64, 50}, Sizes{1, 80, 9}, Sizes{3, 20, 130}, Sizes{2, 16, 1}, Sizes{1, 64, 700}}) {
    for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
      Windows windows(sizes, 3, resources(Precision::automatic, *kernels));
      for (const std::int32_t window : {0, 2, 1}) windows.keep(window);
      EXPECT_LE(windows.attend_within_bytes({1}), 1) << kernels->name;
      EXPECT_LE(windows.attend_within_bytes({0, 0, 1, 2, 2, 2, 0}), 1) << kernels->name;
      EXPECT_GT(windows.attend(std::vector<std::int32_t>(21, 1)), 1e-5) << "nothing was rounded";
      windows.keep(1);
      EXPECT_LE(windows.attend_within_bytes({1, 0}), 1) << kernels->name;
    }
  }
}

TEST(WindowsInBytes, AreFloatsWhereBytesCannotHoldAHead) {
  for (const Sizes& sizes : {Sizes{2, 7, 1}, Sizes{4, 1, 13}, Sizes{2, 21, 50}}) {
    for (const cpu::Kernels* kernels : cpu::usable_kernels()) {
      Windows windows(sizes, 1, resources(Precision::automatic, *kernels));
      windows.keep(0);
      EXPECT_LE(windows.attend({0, 0, 0}), kTolerance) << kernels->name;
    }
  }
}

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

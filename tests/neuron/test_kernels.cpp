#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <hwy/highway.h>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "core/base/float16.h"
#include "simulators/neuron_adapter/conversions.h"
#include "simulators/neuron_adapter/elements.h"
#include "simulators/neuron_adapter/products.h"
#include "simulators/neuron_adapter/rows.h"

// What the simulator computes with: right, and the same on every processor and with every cut.

namespace sotto::simulator {
namespace {

/// Halves between −`largest` and `largest` of both signs, the same wherever this runs.
std::vector<Half> made_halves(std::size_t count, std::uint32_t seed, float largest) {
  std::mt19937 random(seed);
  std::vector<Half> halves(count);
  for (Half& half : halves) {
    half = to_half((static_cast<float>(random() % 65536) / 32768.0F - 1.0F) * largest);
  }
  return halves;
}

std::vector<float> floats_of(const std::vector<Half>& halves) {
  std::vector<float> floats(halves.size());
  widen(halves.data(), halves.size(), floats.data());
  return floats;
}

/// FNV-1a over the values' bytes.
template <class T>
void add_to(std::uint64_t& sum, const std::vector<T>& values) {
  for (const T value : values) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    for (std::size_t i = 0; i < sizeof(T); ++i) {
      sum = (sum ^ (bits >> (8 * i) & 0xFFU)) * 0x100000001B3U;
    }
  }
}

struct Shape {
  std::size_t stack, rows, columns, depth;
};

/// A product of made halves; `turned` has the right side a row for each step of the depth.
std::vector<Half> product_of(const Shape& shape, bool turned, Workers& workers) {
  const auto left = made_halves(shape.stack * shape.rows * shape.depth, 3, 2);
  const auto right = made_halves(shape.stack * shape.columns * shape.depth, 5, 2);
  const auto bias = made_halves(shape.columns, 7, 1);
  std::vector<Half> out(shape.stack * shape.rows * shape.columns);
  multiply(
      {{left.data(), nullptr, shape.rows, shape.depth, shape.depth, 1, shape.rows * shape.depth},
       {right.data(), nullptr, shape.columns, shape.depth, turned ? 1 : shape.depth,
        turned ? shape.columns : 1, shape.columns * shape.depth},
       shape.stack,
       bias.data(),
       out.data()},
      workers);
  return out;
}

constexpr std::size_t kHeads = 2, kRows = 70, kPlaces = 150, kWidth = 24;  // of attention
constexpr std::size_t kLeft = kHeads * kRows * kWidth, kRight = kHeads * kPlaces * kWidth;

Attention attention_over(const std::vector<Half>& queries, const std::vector<Half>& keys,
                         const std::vector<Half>& values, std::vector<Half>& out) {
  out.resize(kLeft);
  return {{queries.data(), nullptr, kRows, kWidth, kWidth, 1, kRows * kWidth},
          {keys.data(), nullptr, kPlaces, kWidth, 1, kPlaces, kPlaces * kWidth},
          {values.data(), nullptr, kWidth, kPlaces, 1, kWidth, kPlaces * kWidth},
          kHeads,
          out.data()};
}

/// One number for all that is computed.
std::uint64_t sum_of_everything(std::size_t threads) {
  std::uint64_t sum = 0xCBF29CE484222325U;
  Workers workers(threads);
  for (const bool turned : {false, true}) {
    add_to(sum, product_of(
                    {
                        1,
                        1,
                        131,
                        67,
                    },
                    turned, workers));
    add_to(sum, product_of({3, 70, 75, 100}, turned, workers));
  }
  std::vector<Half> out;
  const auto queries = made_halves(kLeft, 1, 4), keys = made_halves(kRight, 2, 4);
  const auto values = made_halves(kRight, 4, 1);
  attend(attention_over(queries, keys, values, out), workers);
  add_to(sum, out);

  const auto a = made_halves(1003, 11, 9), b = made_halves(1003, 13, 9);
  out.resize(a.size());
  for (const Kind kind : {Kind::add, Kind::subtract, Kind::multiply, Kind::divide, Kind::maximum,
                          Kind::squared_difference}) {
    combine(kind, {a.data()}, {b.data()}, a.size(), out.data());
    add_to(sum, out);
  }
  for (const Kind kind : {Kind::gelu, Kind::absolute}) {
    map(kind, a.data(), a.size(), out.data());
    add_to(sum, out);
  }
  map(Kind::absolute, a.data(), a.size(), out.data());
  map(Kind::reciprocal_sqrt, out.data(), out.size(), out.data());
  add_to(sum, out);

  auto row = floats_of(a), scale = floats_of(b);
  row.resize(1008), scale.resize(1008);
  add_to(sum, std::vector{mean_of_row(row.data(), 1003), maximum_of_row(row.data(), 1003)});
  normalize_row(row.data(), 1003, {scale.data(), scale.data(), 1e-5F});
  add_to(sum, row);
  softmax_row(row.data(), 1003);
  add_to(sum, row);
  return sum;
}

/// Calls `work` with every instruction set of this processor's in turn.
template <class Work>
void with_every_instruction_set(const Work& work) {
#ifdef HWY_COMPILE_ONLY_STATIC
  work("the one of the build");
#else
  for (const std::int64_t target : hwy::SupportedAndGeneratedTargets()) {
    hwy::SetSupportedTargetsForTest(target);
    work(hwy::TargetName(target));
  }
  hwy::SetSupportedTargetsForTest(0);
#endif
}

// The number is x86-64's and Arm's. A change of it is a change of what the simulator computes.
TEST(Kernels, ComputeTheSameWithEveryInstructionSetAndAnyThreads) {
  constexpr std::uint64_t kExpected = 4669958542805719001U;
  with_every_instruction_set([&](const char* name) {
    for (const std::size_t threads : {1U, 2U, 5U}) {
      EXPECT_EQ(sum_of_everything(threads), kExpected) << name << ' ' << threads;
    }
  });
}

TEST(Kernels, RoundAsHalvesAre) {
  std::vector<float> floats;
  std::mt19937 random(7);
  for (int i = 0; i < 100003; ++i) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (!std::isnan(value)) floats.push_back(value);
  }
  std::vector<Half> halves(floats.size());
  narrow(floats.data(), floats.size(), halves.data());
  std::vector<float> rounded(floats.size());
  round_to_halves(floats.data(), floats.size(), rounded.data());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    ASSERT_EQ(halves[i], float32_to_float16(floats[i])) << floats[i];
    ASSERT_EQ(rounded[i], float16_to_float32(halves[i])) << floats[i];
  }
  EXPECT_EQ(floats_of(halves), rounded);
}

// Each sum of n products of at most 4 is off by less than n roundings of float32, and rounded once.
TEST(Kernels, MultiplyAsInDoublePrecision) {
  Workers workers(2);
  for (const Shape& shape : {Shape{1, 1, 131, 67}, Shape{2, 5, 3, 1}, Shape{3, 70, 75, 100}}) {
    const auto left = floats_of(made_halves(shape.stack * shape.rows * shape.depth, 3, 2));
    const auto right = floats_of(made_halves(shape.stack * shape.columns * shape.depth, 5, 2));
    const auto bias = floats_of(made_halves(shape.columns, 7, 1));
    for (const bool turned : {false, true}) {
      const auto found = floats_of(product_of(shape, turned, workers));
      for (std::size_t i = 0; i < found.size(); ++i) {
        const std::size_t c = i % shape.columns, r = i / shape.columns;
        const std::size_t matrix = r / shape.rows * shape.columns * shape.depth;
        double expected = bias[c];
        for (std::size_t k = 0; k < shape.depth; ++k) {
          const std::size_t place = turned ? k * shape.columns + c : c * shape.depth + k;
          expected += double{left[r * shape.depth + k]} * right[matrix + place];
        }
        const double bound = static_cast<double>(shape.depth + 1) * 0x1p-24 *
                                 static_cast<double>(shape.depth * 4 + 1) +
                             std::abs(expected) * 0x1p-11 + 0x1p-25;
        ASSERT_NEAR(found[i], expected, bound) << turned << ' ' << i;
      }
    }
  }
}

TEST(Kernels, TakeFloatsForTheHalvesThatTheyRoundTo) {
  Workers workers(2);
  constexpr std::size_t kLines = 3, kColumns = 90, kDepth = 40;
  const auto left = made_halves(kLines * kDepth, 3, 2);
  std::vector<float> right(kColumns * kDepth);
  for (std::size_t i = 0; i < right.size(); ++i) right[i] = std::sin(static_cast<float>(i));
  std::vector<Half> halves(right.size()), expected(kLines * kColumns), found(kLines * kColumns);
  narrow(right.data(), right.size(), halves.data());
  Product product{{left.data(), nullptr, kLines, kDepth, kDepth, 1, 0},
                  {halves.data(), nullptr, kColumns, kDepth, 1, kColumns, 0},
                  1,
                  nullptr,
                  expected.data()};
  multiply(product, workers);
  product.right.halves = nullptr;
  product.right.floats = right.data();
  product.out = found.data();
  multiply(product, workers);
  EXPECT_EQ(found, expected);
}

// As a product, a softmax and a product are, each an operation by itself.
TEST(Kernels, AttendAsThreeOperationsDo) {
  Workers workers(2);
  const auto queries = made_halves(kLeft, 1, 4), keys = made_halves(kRight, 2, 4);
  const auto values = made_halves(kRight, 4, 1);
  std::vector<Half> found;
  const Attention attention = attention_over(queries, keys, values, found);
  attend(attention, workers);

  std::vector<Half> scores(kHeads * kRows * kPlaces), expected(found.size());
  multiply({attention.queries, attention.keys, 2, nullptr, scores.data()}, workers);
  for (std::size_t row = 0; row < kHeads * kRows; ++row) {
    std::vector<float> floats(160);
    widen(scores.data() + row * kPlaces, kPlaces, floats.data());
    softmax_row(floats.data(), kPlaces);
    EXPECT_NEAR(std::accumulate(floats.begin(), floats.end(), 0.0), 1, 1e-5);
    narrow(floats.data(), kPlaces, scores.data() + row * kPlaces);
  }
  multiply({{scores.data(), nullptr, kRows, kPlaces, kPlaces, 1, kRows * kPlaces},
            attention.values,
            2,
            nullptr,
            expected.data()},
           workers);
  EXPECT_EQ(found, expected);
}

TEST(Kernels, KnowTheFunctions) {
  std::vector<Half> all, gelu(0x8000U), root(0x7C00U);
  for (std::uint32_t bits = 0; bits < 0x8000U; ++bits) {
    // Finite halves of both signs, in turn.
    all.push_back(static_cast<Half>(bits % 0x7C00U | (bits >= 0x7C00U ? 0x8000U : 0)));
  }
  map(Kind::gelu, all.data(), all.size(), gelu.data());
  map(Kind::reciprocal_sqrt, all.data(), root.size(), root.data());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double x = to_float(all[i]);
    const double expected =
        x / (1 + std::exp(-2 * std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
    // A rounding to a half, and a little of float32's.
    ASSERT_NEAR(to_float(gelu[i]), expected, std::abs(expected) * 0x1.02p-11 + 0x1.02p-25) << x;
    if (i == 0 || i >= root.size()) continue;
    ASSERT_NEAR(to_float(root[i]) * std::sqrt(x), 1, 0x1.02p-11) << x;
  }
  std::vector<float> row{0, -1, -20, -std::numeric_limits<float>::infinity(), 3, -90};
  row.resize(16);
  softmax_row(row.data(), 6);
  const double sum = 1 + std::exp(-1) + std::exp(-20) + std::exp(3) + std::exp(-90);
  EXPECT_NEAR(row[0] * sum, 1, 1e-6);
  EXPECT_NEAR(row[2] * sum / std::exp(-20), 1, 1e-6);
  EXPECT_EQ(row[3], 0);
  EXPECT_NEAR(row[4] * sum / std::exp(3), 1, 1e-6);
  EXPECT_EQ(row[6], 0);
}

TEST(Kernels, RunEveryTaskOnceWhateverTheThreads) {
  Workers workers(2);
  for (std::size_t count = 0; count < 200; ++count) {
    std::vector<int> runs(count);
    workers.run(count, 16 * count, [&](std::size_t task, float* memory) {
      if (count > 0) memory[16 * count - 1] = 1;
      ++runs[task];
    });
    ASSERT_EQ(runs, std::vector<int>(count, 1));
  }
}

}  // namespace
}  // namespace sotto::simulator

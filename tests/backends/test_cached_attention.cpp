#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "core/base/error.h"
#include "loaded_part.h"
#include "run/backends/cpu/cpu_executable.h"
#include "run/backends/registry.h"
#include "run/backends/threads.h"
#include "support/expect_error.h"
#include "support/model_part.h"

// Bound inputs, and attention over a cache against its definition.

namespace sotto::test {
namespace {

using testing::HasSubstr;

constexpr double kTolerance = 2e-6;
constexpr std::int64_t kCapacity = 24;

struct Sizes {
  std::int64_t heads, width;  ///< of one head
  [[nodiscard]] std::int64_t row() const { return heads * width; }
};

Graph attention_graph(const Sizes& sizes, std::int64_t rows) {
  Graph graph("Attention");
  std::vector<ValueId> in;
  for (const char* name : {"query", "key", "value"}) {
    in.push_back(graph.add_input(name, {1, rows, sizes.row()}));
  }
  for (const char* name : {"keys", "values"}) {
    in.push_back(graph.add_input(name, {1, kCapacity, sizes.row()}));
  }
  in.push_back(graph.add_input("slots", {rows, kCapacity}, DType::int32));
  graph.set_variable_axis({in[0], 1});
  graph.tie_to_variable_axis({in[1], 1});
  graph.tie_to_variable_axis({in[2], 1});
  graph.tie_to_variable_axis({in[5], 0});
  graph.add_output(graph.add(
      "mixed", op::CachedAttention{in[0], in[1], in[2], in[3], in[4], in[5], sizes.heads}));
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

using Tables = std::vector<std::vector<std::int32_t>>;

Tensor slots_tensor(const Tables& tables) {
  Tensor slots(DType::int32, {static_cast<std::int64_t>(tables.size()), kCapacity});
  auto* target = reinterpret_cast<std::int32_t*>(slots.data());
  std::fill_n(target, slots.size(), -1);
  for (const auto& table : tables) {
    std::copy(table.begin(), table.end(), target);
    target += kCapacity;
  }
  return slots;
}

PlainTensor plain_slots(const Tensor& slots) {
  const auto* values = reinterpret_cast<const std::int32_t*>(slots.data());
  return {slots.shape(), {values, values + slots.size()}};
}

/// The operation on the CPU, over a cache of its own, beside its definition over another.
class BothWays {
 public:
  BothWays(const Sizes& sizes, std::int64_t slots)
      : sizes_(sizes), part_(attention_part(sizes), resources()) {
    grow(slots);
  }

  void grow(std::int64_t slots) {
    for (std::size_t i = 0; i < 2; ++i) {
      Tensor larger(DType::float32, {slots, kCapacity, sizes_.row()});
      if (caches_.size() < 2) {
        caches_.emplace_back();
        plain_.push_back({});
      }
      std::copy_n(caches_[i].data(), caches_[i].bytes(), larger.data());
      caches_[i] = std::move(larger);
      plain_[i].shape = caches_[i].shape();
      plain_[i].values.resize(static_cast<std::size_t>(caches_[i].size()));
      part_.bind_input(3 + i, caches_[i]);
    }
  }

  /// One run on random rows, the largest difference of output and caches from what they should be.
  double run(const Tables& tables) {
    const auto rows = static_cast<std::int64_t>(tables.size());
    std::vector<PlainTensor> plain;
    std::vector<Tensor> tensors;
    for (int i = 0; i < 3; ++i) {
      tensors.push_back(random_tensor({1, rows, sizes_.row()}, ++seed_, 2.0F));
      plain.push_back(to_plain(tensors.back()));
    }
    tensors.push_back(slots_tensor(tables));
    plain.insert(plain.end(), {plain_[0], plain_[1], plain_slots(tensors.back())});
    output = Tensor(DType::float32, {1, rows, sizes_.row()});
    const Tensor* const inputs[] = {&tensors[0], &tensors[1], &tensors[2],
                                    nullptr,     nullptr,     &tensors[3]};
    Tensor* const outputs[] = {&output};
    part_.run(inputs, outputs);
    const Op op = op::CachedAttention{{}, {}, {}, {}, {}, {}, sizes_.heads};
    const PlainTensor expected = compute_plainly(op, plain);
    plain_ = extend_cache_plainly({plain.begin() + 1, plain.end()});
    return std::max({relative_difference(output, expected),
                     relative_difference(caches_[0], plain_[0]),
                     relative_difference(caches_[1], plain_[1])});
  }

  cpu::CpuExecutable& part() { return part_; }
  Tensor& keys() { return caches_[0]; }

  Tensor output;

 private:
  Sizes sizes_;
  cpu::CpuExecutable part_;
  std::vector<Tensor> caches_;
  std::vector<PlainTensor> plain_;
  std::uint64_t seed_ = 0;
};

/// The tables of `length` new tokens of one sequence in slot 0.
Tables prompt(std::size_t length) {
  Tables tables;
  for (std::size_t row = 0; row < length; ++row) tables.emplace_back(row + 1, 0);
  return tables;
}

class CachedAttention : public testing::TestWithParam<Sizes> {};

TEST_P(CachedAttention, FollowsSequencesThatPartAndMeetNot) {
  BothWays both(GetParam(), 1);
  EXPECT_LE(both.run(prompt(5)), kTolerance);
  both.grow(3);
  Tables rows(3, std::vector<std::int32_t>(5, 0));
  const std::vector<std::vector<std::size_t>> sources{{0, 1, 2}, {0, 0, 2}, {2, 1, 0}, {1, 1, 1}};
  std::size_t turn = 0;
  while (rows.front().size() < kCapacity) {
    Tables next;
    for (const std::size_t source : sources[turn++ % sources.size()]) next.push_back(rows[source]);
    rows = std::move(next);
    for (std::size_t row = 0; row < rows.size(); ++row) {
      rows[row].push_back(static_cast<std::int32_t>(row));
    }
    EXPECT_LE(both.run(rows), kTolerance) << "length " << rows.front().size();
  }
}

TEST_P(CachedAttention, TakesRowsOfSeveralSequencesAtOnce) {
  BothWays both(GetParam(), 2);
  Tables tables = prompt(7);
  for (std::size_t row = 0; row < 9; ++row) tables.emplace_back(row + 1, 1);
  EXPECT_LE(both.run(tables), kTolerance);
}

TEST_P(CachedAttention, MakesZerosOfPadding) {
  BothWays both(GetParam(), 1);
  EXPECT_LE(both.run({{0}, {}, {0, 0}}), kTolerance);
  const auto row = both.output.floats().subspan(static_cast<std::size_t>(GetParam().row()),
                                                static_cast<std::size_t>(GetParam().row()));
  EXPECT_THAT(std::vector<float>(row.begin(), row.end()), testing::Each(0.0F));
}

TEST_P(CachedAttention, HidesNothingThatIsNoNumber) {
  for (const float broken :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    BothWays both(GetParam(), 1);
    (void)both.run(prompt(3));
    for (float& key : both.keys().floats().first(static_cast<std::size_t>(GetParam().row()))) {
      key = broken;
    }
    (void)both.run({std::vector<std::int32_t>(4, 0)});
    for (const float value : both.output.floats()) EXPECT_TRUE(std::isnan(value));
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, CachedAttention,
                         testing::Values(Sizes{2, 64}, Sizes{1, 80}, Sizes{3, 20}, Sizes{2, 7},
                                         Sizes{4, 1}),
                         [](const auto& tested) {
                           return concat(tested.param.heads, "_of_", tested.param.width);
                         });

TEST(CachedAttentionRefuses, SlotsThatTheCacheLacks) {
  BothWays both({2, 8}, 2);
  (void)both.run({{0}, {1}});
  EXPECT_THAT(refusal_of([&] { (void)both.run({{0}, {2}}); }), HasSubstr("slot 2 of a cache of 2"));
  both.grow(3);
  EXPECT_LE(both.run({{0}, {2}}), kTolerance);
}

TEST(CachedAttentionRefuses, ToRunWithoutACache) {
  cpu::CpuExecutable part(attention_part({2, 8}), resources());
  std::vector<Tensor> rows;
  rows.reserve(3);
  for (int i = 0; i < 3; ++i) rows.emplace_back(DType::float32, Shape{1, 1, 16});
  const Tensor cache(DType::float32, {1, kCapacity, 16});
  const Tensor slots = slots_tensor({{0}});
  Tensor output(DType::float32, {1, 1, 16});
  const Tensor* const inputs[] = {&rows[0], &rows[1], &rows[2], &cache, &cache, &slots};
  Tensor* const outputs[] = {&output};
  EXPECT_THAT(refusal_of([&] { part.run(inputs, outputs); }), HasSubstr("keys is state"));
}

TEST(CachedAttentionPrograms, AreMadeOncePerNumberOfRows) {
  BothWays both({2, 8}, 4);
  (void)both.run({{0}});
  const std::size_t first = both.part().programs();
  const std::vector<std::pair<std::size_t, std::size_t>> rows_and_more{
      {1, 0}, {2, 1}, {2, 1}, {3, 2}, {4, 3}, {8, 3}, {7, 3}, {9, 4}, {16, 4}, {17, 5}, {24, 5}};
  for (const auto& [rows, more] : rows_and_more) {
    (void)both.run(prompt(rows));
    EXPECT_EQ(both.part().programs(), first + more) << rows;
  }
  both.grow(5);
  (void)both.run(prompt(1));
  EXPECT_EQ(both.part().programs(), first + 5);
}

Graph sum_graph() {
  Graph graph("Sum");
  const ValueId a = graph.add_input("a", {2, 3});
  const ValueId b = graph.add_input("b", {2, 3});
  graph.add_output(graph.add("sum", op::Add{a, b}));
  return graph;
}

std::vector<float> sum_with(Executable& sum, const Tensor* a, const Tensor* b) {
  Tensor output(DType::float32, {2, 3});
  const Tensor* const inputs[] = {a, b};
  Tensor* const outputs[] = {&output};
  sum.run(inputs, outputs);
  return {output.floats().begin(), output.floats().end()};
}

Tensor filled(float value) {
  Tensor tensor(DType::float32, {2, 3});
  std::fill(tensor.floats().begin(), tensor.floats().end(), value);
  return tensor;
}

TEST(BoundInput, IsReadWhereItLies) {
  LoadedPart part("cpu", [](std::int64_t) { return sum_graph(); });
  Executable& sum = part.executable();
  const Tensor a = filled(1);
  Tensor b = filled(10), other = filled(100);
  EXPECT_THAT(sum_with(sum, &a, &b), testing::Each(11.0F));
  sum.bind_input(1, b);
  EXPECT_THAT(sum_with(sum, &a, nullptr), testing::Each(11.0F));
  b.floats()[4] = 20;
  EXPECT_THAT(sum_with(sum, &a, nullptr), testing::ElementsAre(11, 11, 11, 11, 21, 11));
  sum.bind_input(1, other);
  EXPECT_THAT(sum_with(sum, &a, nullptr), testing::Each(101.0F));
}

TEST(BoundInput, IsCheckedAsAnyOther) {
  LoadedPart part("cpu", [](std::int64_t) { return sum_graph(); });
  Executable& sum = part.executable();
  Tensor b = filled(1), wide(DType::float32, {2, 4}), whole(DType::int32, {2, 3});
  EXPECT_THAT(refusal_of([&] { sum.bind_input(1, wide); }),
              HasSubstr("input b: expected shape [2, 3], found [2, 4]"));
  EXPECT_THAT(refusal_of([&] { sum.bind_input(1, whole); }), HasSubstr("expected float32"));
  EXPECT_THAT(refusal_of([&] { sum.bind_input(2, b); }), HasSubstr("2 inputs"));
  EXPECT_THAT(refusal_of([&] { (void)sum_with(sum, &b, nullptr); }), HasSubstr("b is missing"));
  sum.bind_input(1, b);
  EXPECT_THAT(refusal_of([&] { (void)sum_with(sum, &b, &b); }), HasSubstr("b is bound"));
}

TEST(BoundInput, HasNoVariableAxis) {
  cpu::CpuExecutable part(attention_part({2, 8}), resources());
  Tensor query(DType::float32, {1, 40, 16});
  EXPECT_THAT(refusal_of([&] { part.bind_input(0, query); }), HasSubstr("variable axis"));
  Tensor short_cache(DType::float32, {1, kCapacity - 1, 16});
  EXPECT_THAT(refusal_of([&] { part.bind_input(3, short_cache); }), HasSubstr("expected shape"));
}

TEST(BoundInput, IsReadWhereItLiesOnEveryBackend) {
  for (const std::string_view name : loadable_backends()) {
    if (!absence_of(name).empty() || !make_backend(name)->binds_inputs()) continue;
    LoadedPart part(name, [](std::int64_t) { return sum_graph(); });
    Tensor a = filled(1), other = filled(5);
    const Tensor b = filled(2);
    Tensor sum = filled(0);
    const std::array<const Tensor*, 2> inputs{nullptr, &b};
    const std::array<Tensor*, 1> outputs{&sum};
    part.executable().bind_input(0, a);
    part.executable().run(inputs, outputs);
    EXPECT_EQ(sum.floats()[0], 3.0F) << name;
    a.floats()[0] = 7.0F;
    part.executable().run(inputs, outputs);
    EXPECT_EQ(sum.floats()[0], 9.0F) << name;
    part.executable().bind_input(0, other);
    part.executable().run(inputs, outputs);
    EXPECT_EQ(sum.floats()[0], 7.0F) << name;
    EXPECT_THAT(refusal_of([&] { part.executable().bind_input(2, a); }), HasSubstr("input 2"));
  }
}

}  // namespace
}  // namespace sotto::test

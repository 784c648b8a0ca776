#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <set>
#include <span>
#include <thread>
#include <unistd.h>
#include <vector>

#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "loaded_part.h"
#include "run/backends/cpu/cpu_resources.h"
#include "run/backends/cpu/kernels/product.h"
#include "run/backends/cpu/kernels/row_product.h"
#include "run/backends/cpu/passes/passes.h"
#include "run/backends/cpu/program.h"
#include "run/backends/registry.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/model_part.h"
#include "support/temp_folder.h"

// The only copies of a back end's constants.

namespace sotto::cpu {
namespace {

using test::random_values;

constexpr std::array kForms{WeightForm::dense,           WeightForm::panels_f32,
                            WeightForm::panels_bf16,     WeightForm::panels_int8,
                            WeightForm::row_panels_int8, WeightForm::convolution_f32,
                            WeightForm::convolution_bf16};

TensorView matrix(std::int64_t rows, std::int64_t columns) {
  return own_values({rows, columns}, random_values(rows * columns, 1));
}

std::vector<std::byte> bytes_of(const PackedWeights::Packed& packed) {
  return {packed.memory, packed.memory + packed.bytes};
}

class Weights : public testing::Test {
 protected:
  PackedWeights weights_{std::make_shared<ThreadPool>(2)};
};

TEST_F(Weights, ArePackedOnceInEachForm) {
  const TensorView view = own_values({70, 10, 3}, random_values(2100, 1));
  std::set<const std::byte*> places;
  std::size_t sum = 0;
  for (const WeightForm form : kForms) {
    const auto first = weights_.packed(view, form), again = weights_.packed(view, form);
    EXPECT_EQ(first.memory, again.memory);
    EXPECT_EQ(first.bytes, again.bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first.memory) % 64, 0U);
    places.insert(first.memory);
    sum += first.bytes;
    EXPECT_EQ(weights_.bytes(), sum);
  }
  EXPECT_EQ(places.size(), kForms.size());
}

TEST_F(Weights, TakeWhatTheirFormTakes) {
  const TensorView view = matrix(130, 100);  // three panels
  const auto panels = [](Element element) { return 3 * panel_bytes(element, 100); };
  EXPECT_EQ(weights_.packed(view, WeightForm::dense).bytes, 130U * 100U * 4U);
  EXPECT_EQ(weights_.packed(view, WeightForm::panels_f32).bytes, panels(Element::f32));
  EXPECT_EQ(weights_.packed(view, WeightForm::panels_bf16).bytes, panels(Element::bf16));
  EXPECT_EQ(weights_.packed(view, WeightForm::panels_int8).bytes, panels(Element::int8));
  EXPECT_EQ(weights_.packed(view, WeightForm::row_panels_int8).bytes, 3 * byte_panel_bytes(100));
}

// The same address does not make the same elements.
TEST_F(Weights, TellViewsOfTheSameMemoryApart) {
  const TensorView whole = matrix(6, 4);
  TensorView turned = whole, half = whole, strided = whole;
  turned.shape = {4, 6};
  turned.strides = {1, 4};
  half.shape = {3, 4};
  strided.shape = {3, 4};
  strided.strides = {8, 1};
  std::set<const std::byte*> places;
  const std::array<const TensorView*, 4> views{&whole, &turned, &half, &strided};
  for (const TensorView* view : views) {
    const auto packed = weights_.packed(*view, WeightForm::dense);
    const std::vector<float> expected = to_float32(*view);
    ASSERT_EQ(packed.bytes, expected.size() * sizeof(float));
    EXPECT_EQ(std::memcmp(packed.memory, expected.data(), packed.bytes), 0);
    places.insert(packed.memory);
  }
  EXPECT_EQ(places.size(), views.size());
}

// Another tensor may come to lie where one was that nobody holds any more.
TEST_F(Weights, HoldWhatTheyKnowByItsAddress) {
  const TensorView view = matrix(8, 8);
  const std::weak_ptr<const void> memory = view.owner;
  {
    const TensorView passing = own_values({8, 8}, random_values(64, 2));
    const std::weak_ptr<const void> owner = passing.owner;
    (void)weights_.packed(passing, WeightForm::panels_f32);
    EXPECT_GT(owner.use_count(), 1);
  }
  EXPECT_EQ(memory.use_count(), 1);
  (void)weights_.packed(view, WeightForm::panels_f32);
  EXPECT_EQ(memory.use_count(), 2);
}

TEST(WeightsOfThreads, AreTheSameForAnyNumberOfThem) {
  const TensorView view = own_values({200, 30, 3}, random_values(18000, 1));
  PackedWeights one(std::make_shared<ThreadPool>(1)), five(std::make_shared<ThreadPool>(5));
  for (const WeightForm form : kForms) {
    EXPECT_EQ(bytes_of(one.packed(view, form)), bytes_of(five.packed(view, form)));
  }
}

// Panels lie beside others as they would alone.
TEST_F(Weights, LieInPanelsAsKernelsReadThem) {
  constexpr std::int64_t kDepth = 100;
  const TensorView view = matrix(130, kDepth);
  const std::vector<float> values = to_float32(view);
  const auto expect_panels = [&](WeightForm form, std::size_t size, const auto& pack) {
    const std::vector<std::byte> found = bytes_of(weights_.packed(view, form));
    std::vector<std::byte> expected(3 * size);
    for (std::size_t panel = 0; panel < 3; ++panel) {
      const std::int64_t count = panel < 2 ? kGroup : 130 - 2 * kGroup;
      pack(values.data() + panel * static_cast<std::size_t>(kGroup * kDepth), count,
           expected.data() + panel * size);
    }
    EXPECT_EQ(found, expected);
  };
  for (const auto& [form, element] : {std::pair(WeightForm::panels_f32, Element::f32),
                                      {WeightForm::panels_bf16, Element::bf16},
                                      {WeightForm::panels_int8, Element::int8}}) {
    expect_panels(form, panel_bytes(element, kDepth),
                  [element = element](const float* columns, std::int64_t count, std::byte* out) {
                    pack_panel(element, columns, count, kDepth, out);
                  });
  }
  expect_panels(WeightForm::row_panels_int8, byte_panel_bytes(kDepth),
                [](const float* columns, std::int64_t count, std::byte* out) {
                  pack_byte_panel(columns, count, kDepth, out);
                });
}

TEST_F(Weights, OfConvolutionsLieChannelByChannelOfEachPlace) {
  const TensorView kernel = own_values({5, 4, 3}, random_values(60, 1));
  const std::vector<float> values = to_float32(kernel);
  std::vector<float> turned;
  for (std::size_t o = 0; o < 5; ++o) {
    for (std::size_t k = 0; k < 3; ++k) {
      for (std::size_t c = 0; c < 4; ++c) turned.push_back(values[(o * 4 + c) * 3 + k]);
    }
  }
  const TensorView as_matrix = own_values({5, 12}, turned);
  EXPECT_EQ(bytes_of(weights_.packed(kernel, WeightForm::convolution_f32)),
            bytes_of(weights_.packed(as_matrix, WeightForm::panels_f32)));
  EXPECT_EQ(bytes_of(weights_.packed(kernel, WeightForm::convolution_bf16)),
            bytes_of(weights_.packed(as_matrix, WeightForm::panels_bf16)));
}

TEST_F(Weights, AreNoIntegers) {
  for (const DType dtype : {DType::int32, DType::int64}) {
    const auto memory = std::make_shared<std::array<std::byte, 64>>();
    const TensorView view{dtype, {2, 2}, {2, 1}, memory->data(), memory};
    for (const WeightForm form : kForms) {
      if (form == WeightForm::convolution_f32 || form == WeightForm::convolution_bf16) continue;
      test::expect_error(
          ErrorKind::unsupported,
          concat("the cpu back end expected constants of a float type, found ", to_string(dtype)),
          [&] { (void)weights_.packed(view, form); });
    }
  }
  EXPECT_EQ(weights_.bytes(), 0U);
}

TEST_F(Weights, ArePackedOnceForSeveralThreads) {
  std::vector<TensorView> views;
  for (std::int64_t i = 0; i < 20; ++i) views.push_back(matrix(64 + i, 32));
  std::array<std::vector<const std::byte*>, 4> found;
  std::vector<std::thread> callers;
  for (auto& own : found) {
    callers.emplace_back([&] {
      for (const TensorView& view : views) {
        own.push_back(weights_.packed(view, WeightForm::panels_f32).memory);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const auto& own : found) EXPECT_EQ(own, found.front());
}

/// Pages of this process's memory among those that the bytes cover whole.
std::size_t present_pages(std::span<const std::byte> bytes) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<std::uint64_t> entries(bytes.size() / page);
  const auto place = reinterpret_cast<std::uintptr_t>(bytes.data()) / page * sizeof entries[0];
  const int file = ::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  const std::size_t size = entries.size() * sizeof entries[0];
  EXPECT_EQ(::pread(file, entries.data(), size, static_cast<off_t>(place)),
            static_cast<ssize_t>(size));
  ::close(file);
  return static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](std::uint64_t entry) { return (entry >> 63U) != 0; }));
}

// A checkpoint's pages are of no use once they are packed, and come back for who reads them again.
TEST_F(Weights, LetGoOfThePagesThatTheyCameFrom) {
  constexpr std::int64_t kRows = 512, kColumns = 512;  // 1 MiB
  const test::TempFolder folder;
  const std::vector<float> values = random_values(kRows * kColumns, 1);
  std::string content(values.size() * sizeof(float), '\0');
  std::memcpy(content.data(), values.data(), content.size());
  test::write_file(folder / "weights", content);
  const auto file = MappedFile::open(folder / "weights");
  const TensorView view{
      DType::float32, {kRows, kColumns}, {kColumns, 1}, file->bytes().data(), file};
  ASSERT_EQ(to_float32(view), values);
  if (present_pages(file->bytes()) == 0) {
    GTEST_SKIP() << "/proc/self/pagemap does not tell what is in memory, as under an emulator";
  }
  std::vector<std::vector<std::byte>> packed;
  const PackedWeights::Packed first = weights_.packed(view, WeightForm::panels_bf16);
  EXPECT_EQ(present_pages(file->bytes()), 0U);
  EXPECT_EQ(weights_.packed(view, WeightForm::panels_bf16).memory, first.memory);
  EXPECT_EQ(present_pages(file->bytes()), 0U);  // knowing them needs no look
  const TensorView copy = own_values({kRows, kColumns}, values);
  EXPECT_EQ(bytes_of(weights_.packed(view, WeightForm::row_panels_int8)),
            bytes_of(weights_.packed(copy, WeightForm::row_panels_int8)));
  EXPECT_EQ(present_pages(file->bytes()), 0U);
}

/// x · weightᵀ for any number of rows.
Graph product(const TensorView& weight, std::int64_t rows) {
  Graph graph("Product");
  const ValueId x = graph.add_input("x", {1, rows, weight.shape[1]});
  graph.add_output(
      graph.add("y", op::Linear{x, graph.add_constant("weight", weight), std::nullopt}));
  return graph;
}

TEST(Siblings, ShareWeightsAndHaveThreadsOfTheirOwn) {
  const CpuResources resources(best_kernels({}), 2, Precision::bf16);
  const CpuResources sibling(resources);
  EXPECT_EQ(sibling.weights, resources.weights);
  EXPECT_NE(sibling.pool, resources.pool);
  EXPECT_EQ(sibling.pool->threads(), 2);
  EXPECT_EQ(sibling.precision, Precision::bf16);
  EXPECT_EQ(&sibling.kernels, &resources.kernels);
}

TEST(Siblings, OfABackendReadTheSameCopy) {
  const TensorView weight = matrix(128, 64);
  const std::weak_ptr<const void> memory = weight.owner;
  const ModelPart part =
      test::part_of("part", [&weight](std::int64_t) { return product(weight, 4); });
  BackendOptions options;
  options.threads = 2;
  const auto backend = make_backend("cpu", options);
  const auto one = backend->load(part);
  const long held = memory.use_count();
  const auto sibling = backend->sibling();
  ASSERT_NE(sibling, nullptr);
  const auto other = sibling->load(part), third = sibling->load(part);
  EXPECT_EQ(memory.use_count(), held);  // each that is packed is held once
  const Tensor x = test::random_tensor({1, 4, 64}, 3);
  const std::array<const Tensor*, 1> inputs{&x};
  Tensor a(DType::float32, {1, 4, 128}), b = Tensor(DType::float32, {1, 4, 128});
  one->run(inputs, std::array<Tensor*, 1>{&a});
  other->run(inputs, std::array<Tensor*, 1>{&b});
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.bytes()), 0);
}

TEST(Siblings, OutliveTheBackendThatTheyCameFrom) {
  const TensorView weight = matrix(128, 64);
  const ModelPart part =
      test::part_of("part", [&weight](std::int64_t) { return product(weight, 4); });
  auto backend = make_backend("cpu", {});
  auto executable = backend->load(part);
  const auto sibling = backend->sibling();
  executable.reset();
  backend.reset();
  const auto other = sibling->load(part);
  const Tensor x = test::random_tensor({1, 4, 64}, 3);
  Tensor y(DType::float32, {1, 4, 128});
  other->run(std::array<const Tensor*, 1>{&x}, std::array<Tensor*, 1>{&y});
  const auto expected = test::run_plainly(product(weight, 4), {test::to_plain(x)});
  EXPECT_LE(test::relative_difference(y, expected.front()), 2e-6);
}

/// Bytes of weights that a product of so many rows has packed.
std::size_t packed_for(CpuResources& resources, const TensorView& weight, std::int64_t rows) {
  const Graph graph = product(weight, rows);
  const Program program(fuse(graph), *resources.weights,
                        resources.numerics({}, signature_of(graph)));
  return program.weight_bytes();
}

TEST(WeightsOfAPrecision, TakeTheBytesOfTheirForm) {
  const TensorView weight = matrix(128, 64);
  for (const auto& [precision, element] : {std::pair(Precision::f32, Element::f32),
                                           {Precision::bf16, Element::bf16},
                                           {Precision::int8, Element::int8}}) {
    CpuResources resources(best_kernels({}), 1, precision);
    const std::size_t bytes = packed_for(resources, weight, 40);
    EXPECT_EQ(bytes, 2 * panel_bytes(element, 64));
    EXPECT_EQ(packed_for(resources, weight, 3), bytes);
    EXPECT_EQ(resources.weights->bytes(), bytes);  // for any number of rows the same
  }
}

}  // namespace
}  // namespace sotto::cpu

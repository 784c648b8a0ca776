#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "run/backends/cpu/kernels/kernels.h"

// Products of a window of audio by the weights of Whisper base's encoder, on one thread.

namespace sotto::cpu {
namespace {

constexpr std::int64_t kRows = 750;  ///< of a window's 1500, which two threads halve

struct Case {
  const char* name;
  Element element;
  std::int64_t depth, columns;
  bool gelu;
  Element output;
};
constexpr Case kCases[] = {
    {"out_f32", Element::f32, 512, 512, false, Element::f32},
    {"out_bf16", Element::bf16, 512, 512, false, Element::f32},
    {"out_int8", Element::int8, 512, 512, false, Element::f32},
    {"fc1_f32", Element::f32, 512, 2048, true, Element::f32},
    {"fc1_bf16", Element::bf16, 512, 2048, true, Element::bf16},
    {"fc1_int8", Element::int8, 512, 2048, true, Element::int8},
    {"fc2_f32", Element::f32, 2048, 512, false, Element::f32},
    {"fc2_bf16", Element::bf16, 2048, 512, false, Element::f32},
    {"fc2_int8", Element::int8, 2048, 512, false, Element::f32},
};

/// Zeros of a type, in memory of a size in bytes: a product takes as long whatever its numbers are.
struct Memory {
  explicit Memory(std::int64_t bytes) : data(static_cast<std::size_t>(bytes + 64)) {}
  [[nodiscard]] std::byte* begin() {
    return data.data() + (64 - reinterpret_cast<std::uintptr_t>(data.data()) % 64) % 64;
  }
  std::vector<std::byte> data;
};

void multiply(benchmark::State& state, const Kernels& kernels, const Case& shape) {
  const auto panel = static_cast<std::int64_t>(panel_bytes(shape.element, shape.depth));
  Memory input(kRows * shape.depth * 4), panels(panel * groups_of(shape.columns));
  Memory output(kRows * shape.columns * 4), scratch(kProductScratch);
  std::vector<float> scales(static_cast<std::size_t>(kRows * groups_of(shape.depth)), 1.0F);
  std::vector<float> output_scales(static_cast<std::size_t>(kRows * groups_of(shape.columns)));
  const std::vector<float> bias(static_cast<std::size_t>(shape.columns), 0.5F);
  Product product;
  product.input = {input.begin(), shape.depth, scales.data(), groups_of(shape.depth)};
  product.rows = kRows;
  product.depth = shape.depth;
  product.panels = panels.begin();
  product.columns = shape.columns;
  product.bias = bias.data();
  product.gelu = shape.gelu;
  product.output = {output.begin(), shape.columns, output_scales.data(), groups_of(shape.columns)};
  product.output_element = shape.output;
  product.scratch = scratch.begin();
  for (auto _ : state) {
    kernels.product(shape.element, product);
    benchmark::ClobberMemory();
  }
  const double operations =
      2.0 * static_cast<double>(kRows) * static_cast<double>(shape.depth * shape.columns);
  state.counters["FLOP"] =
      benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

const bool kRegistered = [] {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Case& shape : kCases) {
      const std::string name = "product/" + std::string(kernels->name) + "/" + shape.name;
      benchmark::RegisterBenchmark(name.c_str(), [kernels, &shape](benchmark::State& state) {
        multiply(state, *kernels, shape);
      })->Unit(benchmark::kMicrosecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace sotto::cpu

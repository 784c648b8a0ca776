#include <benchmark/benchmark.h>
#include <string>
#include <vector>

#include "run/backends/cpu/kernels/kernels.h"

// Layer norm over the rows of Whisper base's encoder, by one thread.

namespace sotto::cpu {
namespace {

constexpr std::int64_t kRows = 1500;
constexpr std::int64_t kWidth = 512;

void normalize(benchmark::State& state, const Kernels& kernels, Element element) {
  std::vector<float> input(static_cast<std::size_t>(kRows * kWidth));
  for (std::size_t i = 0; i < input.size(); ++i)
    input[i] = static_cast<float>(i * 7919 % 1009) / 500.0F - 1;
  const std::vector<float> weight(static_cast<std::size_t>(kWidth), 1.1F);
  const std::vector<float> bias(static_cast<std::size_t>(kWidth), 0.1F);
  std::vector<std::byte> output(input.size() * bytes_of(element));
  std::vector<float> scales(static_cast<std::size_t>(kRows * groups_of(kWidth)));
  for (auto step : state) {
    kernels.layer_norm({.input = input.data(),
                        .input_stride = kWidth,
                        .rows = kRows,
                        .width = kWidth,
                        .weight = weight.data(),
                        .bias = bias.data(),
                        .output = {.data = output.data(),
                                   .stride = kWidth,
                                   .scales = scales.data(),
                                   .scale_stride = groups_of(kWidth)},
                        .output_element = element});
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(input.size() * 4 + output.size()));
}

const bool registered = [] {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Element element : {Element::f32, Element::bf16, Element::int8}) {
      const char* name = element == Element::f32    ? "/f32"
                         : element == Element::bf16 ? "/bf16"
                                                    : "/int8";
      benchmark::RegisterBenchmark(
          ("layer_norm/" + std::string(kernels->name) + name).c_str(),
          [kernels, element](benchmark::State& state) { normalize(state, *kernels, element); })
          ->Unit(benchmark::kMicrosecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace sotto::cpu

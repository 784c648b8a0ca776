#include <benchmark/benchmark.h>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "run/backends/cpu/kernels/kernels.h"

// Attention of Whisper's encoder: heads 64 wide over 1500 places, by one thread, packing included.

namespace sotto::cpu {
namespace {

constexpr std::int64_t kPlaces = 1500;
constexpr std::int64_t kWidth = 64;
constexpr std::int64_t kHeads = 4;

struct Memory {
  explicit Memory(std::size_t bytes) : bytes(bytes + 64) {}
  std::byte* begin() {
    return bytes.data() + 63 - (reinterpret_cast<std::uintptr_t>(bytes.data()) + 63) % 64;
  }
  std::vector<std::byte> bytes;
};

/// Random rows [kPlaces, kHeads · kWidth], as products leave them.
Memory random_rows(Element element, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1);
  Memory rows(static_cast<std::size_t>(kPlaces * kHeads * kWidth) * bytes_of(element));
  for (std::int64_t i = 0; i < kPlaces * kHeads * kWidth; ++i) {
    const float value = normal(random);
    // A bfloat16 is the upper half of a float32 (x86-64 and Arm keep lower bytes first).
    std::memcpy(rows.begin() + static_cast<std::size_t>(i) * bytes_of(element),
                reinterpret_cast<const std::byte*>(&value) + 4 - bytes_of(element),
                bytes_of(element));
  }
  return rows;
}

void attend_heads(benchmark::State& state, const Kernels& kernels, Element element) {
  const std::int64_t stride = kHeads * kWidth;
  Memory query = random_rows(element, 1), key = random_rows(element, 2),
         value = random_rows(element, 3);
  Memory output(static_cast<std::size_t>(kPlaces * stride) * bytes_of(element));
  Memory keys(packed_head_bytes(element, kPlaces, kWidth)), values(keys.bytes.size());
  Memory scratch(query_block_scratch(element, kPlaces, kWidth, kWidth));
  for (auto step : state) {
    for (std::int64_t head = 0; head < kHeads; ++head) {
      const std::size_t at = static_cast<std::size_t>(head * kWidth) * bytes_of(element);
      HeadRows rows{.element = element, .keys = kPlaces, .width = kWidth, .stride = stride};
      rows.data = key.begin() + at;
      kernels.pack_keys(element, rows, keys.begin());
      rows.data = value.begin() + at;
      kernels.pack_values(element, rows, values.begin());
      kernels.attend(element, {.query = {.data = query.begin() + at, .stride = stride},
                               .rows = kPlaces,
                               .width = kWidth,
                               .value_width = kWidth,
                               .keys = kPlaces,
                               .packed_keys = keys.begin(),
                               .packed_values = values.begin(),
                               .output = {.data = output.begin() + at, .stride = stride},
                               .output_element = element,
                               .scratch = scratch.begin()});
    }
    benchmark::ClobberMemory();
  }
  state.counters["FLOP/s"] = benchmark::Counter(
      static_cast<double>(4 * kHeads * kPlaces * kPlaces * kWidth),
      benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
}

const bool registered = [] {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Element element : {Element::f32, Element::bf16}) {
      const std::string name =
          "attend/" + std::string(kernels->name) + "/" + (element == Element::f32 ? "f32" : "bf16");
      benchmark::RegisterBenchmark(name.c_str(), [kernels, element](benchmark::State& state) {
        attend_heads(state, *kernels, element);
      })->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace sotto::cpu

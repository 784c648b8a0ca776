// What a decoder's step reads: products of few rows, attention over a window, and a plain read of
// the same bytes beside each, in turns with it, for memory's speed drifts. Ratio is what counts.
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <vector>

#include "run/backends/cpu/kernels/kernels.h"

namespace sotto::cpu {
namespace {

constexpr std::int64_t kDepth = 512;

struct Free {
  void operator()(std::byte* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, Free>;

/// Filled memory in huge pages, where there are any.
Memory huge_memory(std::size_t bytes) {
  constexpr std::size_t kHuge = std::size_t{2} << 20;
  const std::size_t whole = (bytes + kHuge - 1) / kHuge * kHuge;
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(kHuge, whole)));
  madvise(memory.get(), whole, MADV_HUGEPAGE);
  std::memset(memory.get(), 1, whole);
  return memory;
}

std::vector<float> random_floats(std::size_t count) {
  std::mt19937 engine(1);
  std::normal_distribution<float> normal;
  std::vector<float> floats(count);
  for (float& value : floats) value = normal(engine);
  return floats;
}

/// Two lines at a time, with the same prefetching as the kernels.
void read_plainly(const std::byte* from, std::size_t bytes) {
  typedef std::uint64_t Part __attribute__((vector_size(16)));
  Part sums[8] = {};
  for (std::size_t i = 0; i + sizeof sums <= bytes; i += sizeof sums) {
    __builtin_prefetch(from + i + 8192);
    __builtin_prefetch(from + i + 8192 + 64);
    for (std::size_t part = 0; part < 8; ++part) {
      Part some;
      std::memcpy(&some, from + i + part * sizeof some, sizeof some);
      sums[part] |= some;
    }
  }
  for (Part& sum : sums) benchmark::DoNotOptimize(sum);
}

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Times `work` and a plain read of `bytes` in turns; counters tell the best of each.
void measure(benchmark::State& state, const std::byte* from, std::size_t bytes,
             const std::function<void()>& work) {
  double best = std::numeric_limits<double>::max(), plain = best;
  for ([[maybe_unused]] auto _ : state) {
    plain = std::min(plain, seconds_of([&] { read_plainly(from, bytes); }));
    const double seconds = seconds_of(work);
    best = std::min(best, seconds);
    state.SetIterationTime(seconds);
  }
  const auto size = static_cast<double>(bytes);
  state.counters["GB/s"] = size / best * 1e-9;
  state.counters["plain_GB/s"] = size / plain * 1e-9;
  state.counters["ratio"] = best / plain;
}

void row_product(benchmark::State& state, const Kernels& kernels, Element element,
                 std::int64_t rows) {
  const bool is_fine = element == Element::int8;
  const std::size_t panel = is_fine ? byte_panel_bytes(kDepth) : std::size_t{kDepth} * kGroup * 4;
  const std::size_t panels = (std::size_t{100} << 20) / panel;
  const Memory weights = huge_memory(panels * panel);
  const std::vector<float> input = random_floats(static_cast<std::size_t>(rows * kDepth));
  std::vector<std::byte> fine(fine_bytes(rows, kDepth));
  kernels.make_fine({.rows = input.data(),
                     .stride = kDepth,
                     .count = rows,
                     .depth = kDepth,
                     .fine = fine.data()});
  const auto columns = static_cast<std::int64_t>(panels) * kGroup;
  std::vector<float> output(static_cast<std::size_t>(rows * columns));
  const RowProduct product{.input = input.data(),
                           .input_stride = kDepth,
                           .fine = fine.data(),
                           .rows = rows,
                           .depth = kDepth,
                           .panels = weights.get(),
                           .columns = columns,
                           .output = output.data(),
                           .output_stride = columns};
  measure(state, weights.get(), panels * panel,
          [&] { is_fine ? kernels.row_product_int8(product) : kernels.row_product_f32(product); });
}

void window_attention(benchmark::State& state, const Kernels& kernels, Element element,
                      std::int64_t count) {
  // Six layers of several windows, so that they come from memory.
  const WindowForm form{.element = element, .heads = 240, .width = 64, .places = 1500};
  const std::vector<float> rows = random_floats(std::size_t{1500} * 64);
  const std::size_t bytes = window_bytes(form), head = window_head_bytes(form);
  const Memory kept = huge_memory(2 * bytes);
  for (std::size_t i = 0; i < 240; ++i) {
    WindowRows of_head{
        .form = form, .rows = rows.data(), .stride = 64, .head = kept.get() + 2 * i * head};
    kernels.keep_keys(of_head);
    of_head.head += head;
    kernels.keep_values(of_head);
  }
  const std::vector<float> query = random_floats(static_cast<std::size_t>(count) * 64);
  std::vector<float> output(query.size());
  const Memory scratch = huge_memory(window_scratch(form, count));
  measure(state, kept.get(), 2 * bytes, [&] {
    for (std::size_t i = 0; i < 240; ++i) {
      kernels.attend_window({.form = form,
                             .query = query.data(),
                             .stride = 64,
                             .count = count,
                             .keys = kept.get() + 2 * i * head,
                             .values = kept.get() + (2 * i + 1) * head,
                             .output = output.data(),
                             .output_stride = 64,
                             .scratch = scratch.get()});
    }
  });
}

void two_threads(benchmark::State& state, const Kernels& kernels, std::int64_t rows) {
  const std::size_t panel = byte_panel_bytes(kDepth);
  const std::size_t panels = (std::size_t{50} << 20) / panel / 2;
  const Memory weights = huge_memory(2 * panels * panel);
  const std::vector<float> input = random_floats(static_cast<std::size_t>(rows * kDepth));
  std::vector<std::byte> fine(fine_bytes(rows, kDepth));
  kernels.make_fine({.rows = input.data(),
                     .stride = kDepth,
                     .count = rows,
                     .depth = kDepth,
                     .fine = fine.data()});
  const auto columns = static_cast<std::int64_t>(panels) * kGroup;
  std::vector<float> output(static_cast<std::size_t>(2 * rows * columns));
  const auto half = [&](std::int64_t which) {
    kernels.row_product_int8(
        {.fine = fine.data(),
         .rows = rows,
         .depth = kDepth,
         .panels = weights.get() + static_cast<std::size_t>(which) * panels * panel,
         .columns = columns,
         .output = output.data() + which * rows * columns,
         .output_stride = columns});
  };
  const auto both = [](const std::function<void(std::int64_t)>& work) {
    std::thread other([&] { work(1); });
    work(0);
    other.join();
  };
  double best = std::numeric_limits<double>::max(), plain = best;
  for ([[maybe_unused]] auto _ : state) {
    plain =
        std::min(plain, seconds_of([&] {
                   both([&](std::int64_t which) {
                     read_plainly(weights.get() + static_cast<std::size_t>(which) * panels * panel,
                                  panels * panel);
                   });
                 }));
    const double seconds = seconds_of([&] { both(half); });
    best = std::min(best, seconds);
    state.SetIterationTime(seconds);
  }
  const auto size = static_cast<double>(2 * panels * panel);
  state.counters["GB/s"] = size / best * 1e-9;
  state.counters["plain_GB/s"] = size / plain * 1e-9;
  state.counters["ratio"] = best / plain;
}

void attend_row(benchmark::State& state, const Kernels& kernels) {
  constexpr std::int64_t kRows = 100, kHeads = 8;
  const std::vector<float> rows = random_floats(std::size_t{kRows} * kHeads * 64);
  std::vector<std::int64_t> places;
  for (std::int64_t i = 0; i < kRows; ++i) places.push_back(i * kHeads * 64);
  std::vector<float> scores(row_attention_scratch(kRows)), output(64);
  for ([[maybe_unused]] auto _ : state) {
    for (std::int64_t head = 0; head < kHeads; ++head) {
      kernels.attend_row({.query = rows.data(),
                          .keys = rows.data() + head * 64,
                          .values = rows.data() + head * 64,
                          .key_places = places.data(),
                          .value_places = places.data(),
                          .rows = kRows,
                          .width = 64,
                          .scores = scores.data(),
                          .output = output.data()});
    }
    benchmark::DoNotOptimize(output.data());
  }
}

void keep(benchmark::State& state, const Kernels& kernels, Element element) {
  const WindowForm form{.element = element, .heads = 1, .width = 64, .places = 1500};
  const std::vector<float> rows = random_floats(std::size_t{1500} * 512);
  const Memory kept = huge_memory(window_bytes(form));
  for ([[maybe_unused]] auto _ : state) {
    const WindowRows head{.form = form, .rows = rows.data(), .stride = 512, .head = kept.get()};
    kernels.keep_keys(head);
    kernels.keep_values(head);
  }
  state.SetItemsProcessed(state.iterations() * 2 * 1500 * 64);
}

void fine_rows(benchmark::State& state, const Kernels& kernels) {
  const std::vector<float> rows = random_floats(kDepth);
  std::vector<std::byte> fine(fine_bytes(1, kDepth));
  for ([[maybe_unused]] auto _ : state) {
    kernels.make_fine(
        {.rows = rows.data(), .stride = kDepth, .count = 1, .depth = kDepth, .fine = fine.data()});
    benchmark::ClobberMemory();
  }
}

void register_table(const Kernels& kernels) {
  const auto full = [&](const std::string& what) {
    std::string name(what);
    name.append("/").append(kernels.name);
    return name;
  };
  const auto add = [&](const std::string& what, const auto& run) {
    benchmark::RegisterBenchmark(full(what).c_str(), run)->Unit(benchmark::kMicrosecond);
  };
  const auto add_read = [&](const std::string& what, const auto& run) {
    benchmark::RegisterBenchmark(full(what).c_str(), run)
        ->UseManualTime()
        ->Iterations(30)
        ->Unit(benchmark::kMicrosecond);
  };
  for (const std::int64_t rows : {1, 2, 5, 8, 64}) {
    std::string count("/");
    count += std::to_string(rows);
    add_read("row_product_int8" + count,
             [&, rows](benchmark::State& s) { row_product(s, kernels, Element::int8, rows); });
    add_read("row_product_f32" + count,
             [&, rows](benchmark::State& s) { row_product(s, kernels, Element::f32, rows); });
    if (rows > 8) continue;
    add_read("two_threads_int8" + count,
             [&, rows](benchmark::State& s) { two_threads(s, kernels, rows); });
    add_read("attend_window_int8" + count,
             [&, rows](benchmark::State& s) { window_attention(s, kernels, Element::int8, rows); });
    add_read("attend_window_f32" + count,
             [&, rows](benchmark::State& s) { window_attention(s, kernels, Element::f32, rows); });
  }
  add("attend_row", [&](benchmark::State& s) { attend_row(s, kernels); });
  add("make_fine", [&](benchmark::State& s) { fine_rows(s, kernels); });
  add("keep_int8", [&](benchmark::State& s) { keep(s, kernels, Element::int8); });
  add("keep_f32", [&](benchmark::State& s) { keep(s, kernels, Element::f32); });
}

const int registered = [] {
  for (const Kernels* kernels : usable_kernels()) register_table(*kernels);
  return 0;
}();

}  // namespace
}  // namespace sotto::cpu

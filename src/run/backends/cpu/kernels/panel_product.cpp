#include "run/backends/cpu/kernels/panel_product.h"

#include <algorithm>

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/backends/cpu/kernels/panel_product.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/cache_control.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sotto::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;

// So many rows of a panel stay in the first-level cache while one input row after the other is
// multiplied by them; the next ones are asked of the memory meanwhile.
constexpr std::size_t kChunk = 32;
constexpr std::size_t kLine = 16;

HWY_INLINE void prefetch_row(const float* row) {
  for (std::size_t i = 0; i < kPanelWidth; i += kLine) hwy::Prefetch(row + i);
}

// Adds input[0 … depth) · panel to four vectors of sums. Even and odd places have sums of their
// own, so that an addition need not wait for the one before.
HWY_INLINE void add_four(const float* input, const float* panel, std::size_t depth, float* sums) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  auto a = hn::Load(d, sums), b = hn::Load(d, sums + lanes);
  auto c = hn::Load(d, sums + 2 * lanes), e = hn::Load(d, sums + 3 * lanes);
  auto odd_a = hn::Zero(d), odd_b = hn::Zero(d), odd_c = hn::Zero(d), odd_e = hn::Zero(d);
  std::size_t k = 0;
  for (; k + 2 <= depth; k += 2, panel += 2 * kPanelWidth) {
    const auto even = hn::Set(d, input[k]), odd = hn::Set(d, input[k + 1]);
    const float* next = panel + kPanelWidth;
    a = hn::MulAdd(even, hn::Load(d, panel), a);
    b = hn::MulAdd(even, hn::Load(d, panel + lanes), b);
    c = hn::MulAdd(even, hn::Load(d, panel + 2 * lanes), c);
    e = hn::MulAdd(even, hn::Load(d, panel + 3 * lanes), e);
    odd_a = hn::MulAdd(odd, hn::Load(d, next), odd_a);
    odd_b = hn::MulAdd(odd, hn::Load(d, next + lanes), odd_b);
    odd_c = hn::MulAdd(odd, hn::Load(d, next + 2 * lanes), odd_c);
    odd_e = hn::MulAdd(odd, hn::Load(d, next + 3 * lanes), odd_e);
    prefetch_row(panel + kChunk * kPanelWidth);
    prefetch_row(next + kChunk * kPanelWidth);
  }
  if (k < depth) {
    const auto last = hn::Set(d, input[k]);
    a = hn::MulAdd(last, hn::Load(d, panel), a);
    b = hn::MulAdd(last, hn::Load(d, panel + lanes), b);
    c = hn::MulAdd(last, hn::Load(d, panel + 2 * lanes), c);
    e = hn::MulAdd(last, hn::Load(d, panel + 3 * lanes), e);
  }
  hn::Store(hn::Add(a, odd_a), d, sums);
  hn::Store(hn::Add(b, odd_b), d, sums + lanes);
  hn::Store(hn::Add(c, odd_c), d, sums + 2 * lanes);
  hn::Store(hn::Add(e, odd_e), d, sums + 3 * lanes);
}

void multiply(const PanelProduct& product) {
  const std::size_t step = 4 * hn::Lanes(Floats());
  std::fill_n(product.sums, product.rows * kPanelWidth, 0.0F);
  for (std::size_t first = 0; first < product.depth; first += kChunk) {
    const std::size_t depth = std::min(kChunk, product.depth - first);
    const float* chunk = product.panel + first * kPanelWidth;
    const float* input = product.input + first;
    for (std::size_t row = 0; row < product.rows; ++row, input += product.input_stride) {
      float* sums = product.sums + row * kPanelWidth;
      for (std::size_t column = 0; column < kPanelWidth; column += step) {
        add_four(input, chunk + column, depth, sums + column);
      }
    }
  }
}

}  // namespace sotto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::cpu {

HWY_EXPORT(multiply);

void multiply_panel(const PanelProduct& product) { HWY_DYNAMIC_DISPATCH(multiply)(product); }

}  // namespace sotto::cpu
#endif

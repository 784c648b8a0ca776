#include "simulators/neuron_adapter/dot_products.h"

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simulators/neuron_adapter/dot_products.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sotto::simulator::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, kDotPadding>;

// Two rows by four: eight sums, which every instruction set has registers for.
HWY_INLINE void two_by_four(const DotProducts& task, std::size_t row, std::size_t column) {
  const Floats d;
  const std::size_t depth = task.depth;
  const float *a = task.left + row * depth, *b = a + depth;
  const float* w = task.right + column * depth;
  auto a0 = hn::Zero(d), a1 = hn::Zero(d), a2 = hn::Zero(d), a3 = hn::Zero(d);
  auto b0 = hn::Zero(d), b1 = hn::Zero(d), b2 = hn::Zero(d), b3 = hn::Zero(d);
  for (std::size_t k = 0; k < depth; k += hn::Lanes(d)) {
    const auto x = hn::LoadU(d, a + k), y = hn::LoadU(d, b + k);
    const auto w0 = hn::LoadU(d, w + k), w1 = hn::LoadU(d, w + depth + k);
    const auto w2 = hn::LoadU(d, w + 2 * depth + k), w3 = hn::LoadU(d, w + 3 * depth + k);
    a0 = hn::MulAdd(x, w0, a0);
    a1 = hn::MulAdd(x, w1, a1);
    a2 = hn::MulAdd(x, w2, a2);
    a3 = hn::MulAdd(x, w3, a3);
    b0 = hn::MulAdd(y, w0, b0);
    b1 = hn::MulAdd(y, w1, b1);
    b2 = hn::MulAdd(y, w2, b2);
    b3 = hn::MulAdd(y, w3, b3);
  }
  float* out = task.out + row * task.columns + column;
  const auto sum = [&](auto value) { return hn::GetLane(hn::SumOfLanes(d, value)); };
  out[0] = sum(a0), out[1] = sum(a1), out[2] = sum(a2), out[3] = sum(a3);
  out += task.columns;
  out[0] = sum(b0), out[1] = sum(b1), out[2] = sum(b2), out[3] = sum(b3);
}

HWY_INLINE void one_by_one(const DotProducts& task, std::size_t row, std::size_t column) {
  const Floats d;
  const float *a = task.left + row * task.depth, *w = task.right + column * task.depth;
  auto sum = hn::Zero(d);
  for (std::size_t k = 0; k < task.depth; k += hn::Lanes(d)) {
    sum = hn::MulAdd(hn::LoadU(d, a + k), hn::LoadU(d, w + k), sum);
  }
  task.out[row * task.columns + column] = hn::GetLane(hn::SumOfLanes(d, sum));
}

void multiply(const DotProducts& task) {
  const std::size_t rows = task.rows / 2 * 2, columns = task.columns / 4 * 4;
  for (std::size_t row = 0; row < rows; row += 2) {
    for (std::size_t column = 0; column < columns; column += 4) two_by_four(task, row, column);
  }
  for (std::size_t row = 0; row < task.rows; ++row) {
    const std::size_t first = row < rows ? columns : 0;
    for (std::size_t column = first; column < task.columns; ++column) {
      one_by_one(task, row, column);
    }
  }
}

}  // namespace sotto::simulator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::simulator {

HWY_EXPORT(multiply);

void multiply(const DotProducts& products) { HWY_DYNAMIC_DISPATCH(multiply)(products); }

}  // namespace sotto::simulator
#endif

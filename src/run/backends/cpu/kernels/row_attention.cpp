#include "run/backends/cpu/kernels/row_attention.h"

#include <algorithm>
#include <limits>

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "run/backends/cpu/kernels/row_attention.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/contrib/math/math-inl.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace sotto::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::CappedTag<float, 16>;

float dot(const float* a, const float* b, std::size_t size) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  auto even = hn::Zero(d);
  auto odd = hn::Zero(d);
  std::size_t i = 0;
  for (; i + 2 * lanes <= size; i += 2 * lanes) {
    even = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), even);
    odd = hn::MulAdd(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), odd);
  }
  for (; i + lanes <= size; i += lanes) {
    even = hn::MulAdd(hn::LoadU(d, a + i), hn::LoadU(d, b + i), even);
  }
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
  for (; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

// Turns scores into weights that lack their common divisor, and returns its inverse: NaN where a
// score is no finite number, which a maximum or an exponential of it might hide.
float exponentials(float* scores, std::size_t rows) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  const std::size_t padded = row_attention_scratch(rows);
  std::fill(scores + rows, scores + padded, std::numeric_limits<float>::lowest());
  auto largest = hn::LoadU(d, scores);
  auto zero = hn::Zero(d);
  for (std::size_t i = 0; i < padded; i += lanes) {
    const auto some = hn::LoadU(d, scores + i);
    largest = hn::Max(largest, some);
    zero = hn::MulAdd(some, hn::Zero(d), zero);
  }
  largest = hn::MaxOfLanes(d, largest);
  auto sum = hn::Zero(d);
  for (std::size_t i = 0; i < padded; i += lanes) {
    const auto weights = hn::Exp(d, hn::Sub(hn::LoadU(d, scores + i), largest));
    hn::StoreU(weights, d, scores + i);
    sum = hn::Add(sum, weights);
  }
  return 1.0F / hn::GetLane(hn::SumOfLanes(d, sum)) + hn::GetLane(hn::SumOfLanes(d, zero));
}

// Four vectors of the output from column `first` on.
void mix_four(const RowAttention& task, std::size_t first, float factor) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  auto a = hn::Zero(d), b = hn::Zero(d), c = hn::Zero(d), e = hn::Zero(d);
  for (std::size_t row = 0; row < task.rows; ++row) {
    const float* value = task.values + task.value_places[row] + first;
    const auto weight = hn::Set(d, task.scores[row]);
    a = hn::MulAdd(weight, hn::LoadU(d, value), a);
    b = hn::MulAdd(weight, hn::LoadU(d, value + lanes), b);
    c = hn::MulAdd(weight, hn::LoadU(d, value + 2 * lanes), c);
    e = hn::MulAdd(weight, hn::LoadU(d, value + 3 * lanes), e);
  }
  const auto scale = hn::Set(d, factor);
  float* output = task.output + first;
  hn::StoreU(hn::Mul(a, scale), d, output);
  hn::StoreU(hn::Mul(b, scale), d, output + lanes);
  hn::StoreU(hn::Mul(c, scale), d, output + 2 * lanes);
  hn::StoreU(hn::Mul(e, scale), d, output + 3 * lanes);
}

void attend(const RowAttention& task) {
  for (std::size_t row = 0; row < task.rows; ++row) {
    task.scores[row] = dot(task.query, task.keys + task.key_places[row], task.width);
  }
  const float factor = exponentials(task.scores, task.rows);
  const std::size_t step = 4 * hn::Lanes(Floats());
  std::size_t column = 0;
  for (; column + step <= task.width; column += step) mix_four(task, column, factor);
  for (; column < task.width; ++column) {
    float sum = 0.0F;
    for (std::size_t row = 0; row < task.rows; ++row) {
      sum += task.scores[row] *
             task.values[task.value_places[row] + static_cast<std::int64_t>(column)];
    }
    task.output[column] = sum * factor;
  }
}

}  // namespace sotto::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::cpu {

HWY_EXPORT(attend);

void attend_row(const RowAttention& task) { HWY_DYNAMIC_DISPATCH(attend)(task); }

std::size_t row_attention_scratch(std::size_t rows) { return (rows + 15) / 16 * 16; }

}  // namespace sotto::cpu
#endif

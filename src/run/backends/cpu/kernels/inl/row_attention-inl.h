#pragma once

#include "run/backends/cpu/kernels/inl/exponential-inl.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"
#include "run/backends/cpu/kernels/row_attention.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// Sums of neighbours, those of `a` before those of `b`.
SOTTO_INLINE Floats sum_neighbours(Floats a, Floats b) {
#if SOTTO_LANES == 16
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
         __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
#elif SOTTO_LANES == 8
  return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14) +
         __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
#else
  return __builtin_shufflevector(a, b, 0, 2, 4, 6) + __builtin_shufflevector(a, b, 1, 3, 5, 7);
#endif
}

/// Scores of kLanes keys; those behind the last are the last's.
SOTTO_INLINE Floats score_rows(const RowAttention& task, std::size_t first) {
  Floats sums[kLanes];
  for (std::int64_t i = 0; i < kLanes; ++i) {
    const std::size_t wanted = first + static_cast<std::size_t>(i);
    const float* key = task.keys + task.key_places[wanted < task.rows ? wanted : task.rows - 1];
    Floats sum = {};
    std::size_t column = 0;
    for (; column + kLanes <= task.width; column += kLanes) {
      sum = load(task.query + column) * load(key + column) + sum;
    }
    for (; column < task.width; ++column) sum[0] += task.query[column] * key[column];
    sums[i] = sum;
  }
  for (std::int64_t count = kLanes; count > 1; count /= 2) {
    for (std::int64_t i = 0; i < count / 2; ++i)
      sums[i] = sum_neighbours(sums[2 * i], sums[2 * i + 1]);
  }
  return sums[0];
}

/// Turns scores into weights that lack their common divisor, and returns its inverse: NaN where a
/// score is no finite number, which a maximum or an exponential of it might hide.
SOTTO_INLINE float weigh_rows(float* scores, std::size_t rows) {
  for (std::size_t i = rows; i % kLanes != 0; ++i) scores[i] = -__FLT_MAX__;
  Floats largest = load(scores), bad = {};
  for (std::size_t i = 0; i < rows; i += kLanes) {
    largest = max(largest, load(scores + i));
    bad += load(scores + i) * 0.0F;
  }
  const float most = max_of(largest);
  Floats sum = {};
  for (std::size_t i = 0; i < rows; i += kLanes) {
    const Floats weights = power_of_two<ExactPower>((load(scores + i) - most) * kLog2E);
    sum += weights;
    store(weights, scores + i);
  }
  return 1.0F / sum_of(sum) + sum_of(bad);
}

/// kVectors vectors of the output from column `first` on.
template <std::int64_t kVectors>
SOTTO_INLINE void mix_rows(const RowAttention& task, std::size_t first, float factor) {
  Floats sums[kVectors] = {};
  for (std::size_t row = 0; row < task.rows; ++row) {
    const float* value = task.values + task.value_places[row] + first;
    for (std::int64_t v = 0; v < kVectors; ++v) {
      sums[v] = load(value + v * kLanes) * task.scores[row] + sums[v];
    }
  }
  for (std::int64_t v = 0; v < kVectors; ++v)
    store(sums[v] * factor, task.output + first + v * kLanes);
}

void attend_row(const RowAttention& task) {
  for (std::size_t row = 0; row < task.rows; row += kLanes) {
    store(score_rows(task, row), task.scores + row);
  }
  const float factor = weigh_rows(task.scores, task.rows);
  std::size_t column = 0;
  constexpr std::size_t kStep = std::size_t{4} * kLanes;
  for (; column + kStep <= task.width; column += kStep) {
    mix_rows<4>(task, column, factor);
  }
  for (; column + kLanes <= task.width; column += kLanes) mix_rows<1>(task, column, factor);
  for (; column < task.width; ++column) {
    float sum = 0.0F;
    for (std::size_t row = 0; row < task.rows; ++row) {
      sum += task.scores[row] * task.values[task.value_places[row] + std::int64_t(column)];
    }
    task.output[column] = sum * factor;
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

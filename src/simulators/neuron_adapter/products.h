#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "simulators/neuron_adapter/half.h"

namespace sotto::simulator {

/// A matrix of halves, wherever its elements lie: element [row, column] at first + row · down +
/// column · across.
struct Matrix {
  const Half* first = nullptr;
  std::size_t rows = 0, columns = 0;
  std::size_t down = 0, across = 1;
};

/// out[r, c] = left[r] · right[c] + bias[c], each sum in float32 and rounded once; `bias` may be
/// null. `out` is [left.rows, right.rows], dense. On as many threads as pay.
void multiply(const Matrix& left, const Matrix& right, const Half* bias, Half* out);

/// Calls `work` for 0 … count − 1, on several threads.
void in_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace sotto::simulator

#pragma once

#include <cstddef>

#include "simulators/neuron_adapter/half.h"
#include "simulators/neuron_adapter/workers.h"

namespace sotto::simulator {

/// A stack of matrices of halves, wherever their elements lie: element [row, column] of matrix s is
/// s · apart + row · down + column · across behind the first. Floats, where they are what is given,
/// are rounded to halves when they are read.
struct Matrices {
  const Half* halves = nullptr;
  const float* floats = nullptr;
  std::size_t rows = 0, columns = 0;
  std::size_t down = 0, across = 1, apart = 0;
};

/// What is multiplied: for each matrix of the stack, out[r, c] = left[r] · right[c] + bias[c]. Each
/// sum is taken in float32, in the order that is dot_products.h's for how `right` lies, and rounded
/// once. `right` has a row for each column of the result; `bias` may be null. `out` is dense.
struct Product {
  Matrices left, right;
  std::size_t stack = 1;
  const Half* bias = nullptr;
  Half* out = nullptr;
};
void multiply(const Product& product, Workers& workers);

/// softmax(queries · keys) · values, of `stack` matrices each. What is between the products is
/// rounded to halves as it is where each is an operation by itself, and no more of it is kept than
/// some rows. Rows of `keys` and `values` are columns of what they are multiplied into.
struct Attention {
  Matrices queries, keys, values;
  std::size_t stack = 1;
  Half* out = nullptr;
};
void attend(const Attention& attention, Workers& workers);

}  // namespace sotto::simulator

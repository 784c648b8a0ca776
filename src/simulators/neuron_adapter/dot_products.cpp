#include "simulators/neuron_adapter/dot_products.h"

// Compiled once for each instruction set: foreach_target.h includes this file again and again.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "simulators/neuron_adapter/dot_products.cpp"
#include <hwy/foreach_target.h>
// After it.
#include <hwy/highway.h>

#include "simulators/neuron_adapter/vectors-inl.h"

HWY_BEFORE_NAMESPACE();
namespace sotto::simulator::HWY_NAMESPACE {

// Sums that fit the registers beside what they are computed from: there are 16, else 32.
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SSSE3
constexpr std::size_t kTileColumns = 3, kTileVectors = 2;
#else
constexpr std::size_t kTileColumns = 4, kTileVectors = 4;
#endif
constexpr std::size_t kTileRows = 4, kLoneColumns = 8;

template <std::size_t rows, std::size_t columns>
HWY_INLINE void row_tile(const Products& task, std::size_t row, std::size_t column) {
  const Floats d;
  const float* left = task.left + row * task.left_stride;
  const float* right = task.right + column * task.right_stride;
  HWY_ALIGN float groups[rows][columns][kGroup];
  for (std::size_t part = 0; part < kGroup; part += kLanes) {
    Vector sums[rows][columns];
    for (auto& line : sums) {
      for (auto& sum : line) sum = hn::Zero(d);
    }
    for (std::size_t k = part; k < task.depth; k += kGroup) {
      Vector weights[columns];
      for (std::size_t c = 0; c < columns; ++c) {
        weights[c] = hn::LoadU(d, right + c * task.right_stride + k);
      }
      for (std::size_t r = 0; r < rows; ++r) {
        const auto values = hn::LoadU(d, left + r * task.left_stride + k);
        for (std::size_t c = 0; c < columns; ++c) {
          sums[r][c] = hn::MulAdd(values, weights[c], sums[r][c]);
        }
      }
    }
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < columns; ++c) hn::StoreU(sums[r][c], d, groups[r][c] + part);
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* out = task.out + (row + r) * task.out_stride + column;
    for (std::size_t c = 0; c < columns; ++c) out[c] = sum_of(groups[r][c]);
  }
}

template <std::size_t rows, std::size_t columns>
HWY_INLINE void row_tiles(const Products& task, std::size_t row) {
  std::size_t column = 0;
  for (; column + columns <= task.columns; column += columns) {
    row_tile<rows, columns>(task, row, column);
  }
  for (; column < task.columns; ++column) row_tile<rows, 1>(task, row, column);
}

void multiply_rows(const Products& task) {
  std::size_t row = 0;
  for (; row + kTileRows <= task.rows; row += kTileRows) {
    row_tiles<kTileRows, kTileColumns>(task, row);
  }
  for (; row < task.rows; ++row) row_tiles<1, kLoneColumns>(task, row);
}

template <std::size_t rows, std::size_t vectors>
HWY_INLINE void column_tile(const Products& task, std::size_t row, std::size_t column) {
  const Floats d;
  const float* left = task.left + row * task.left_stride;
  const float* right = task.right + column;
  Vector sums[rows][vectors];
  for (auto& line : sums) {
    for (auto& sum : line) sum = hn::Zero(d);
  }
  for (std::size_t k = 0; k < task.depth; ++k, right += task.right_stride) {
    Vector weights[vectors];
    for (std::size_t v = 0; v < vectors; ++v) weights[v] = hn::LoadU(d, right + v * kLanes);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto value = hn::Set(d, left[r * task.left_stride + k]);
      for (std::size_t v = 0; v < vectors; ++v) {
        sums[r][v] = hn::MulAdd(value, weights[v], sums[r][v]);
      }
    }
  }
  for (std::size_t r = 0; r < rows; ++r) {
    float* out = task.out + (row + r) * task.out_stride + column;
    for (std::size_t v = 0; v < vectors; ++v) hn::StoreU(sums[r][v], d, out + v * kLanes);
  }
}

template <std::size_t rows>
HWY_INLINE void column_tiles(const Products& task, std::size_t row) {
  constexpr std::size_t kColumns = kTileVectors * kLanes;
  std::size_t column = 0;
  for (; column + kColumns <= task.columns; column += kColumns) {
    column_tile<rows, kTileVectors>(task, row, column);
  }
  for (; column < task.columns; column += kLanes) column_tile<rows, 1>(task, row, column);
}

void multiply_columns(const Products& task) {
  std::size_t row = 0;
  for (; row + kTileRows <= task.rows; row += kTileRows) column_tiles<kTileRows>(task, row);
  for (; row < task.rows; ++row) column_tiles<1>(task, row);
}

}  // namespace sotto::simulator::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace sotto::simulator {

HWY_EXPORT(multiply_rows);
HWY_EXPORT(multiply_columns);

void multiply_rows(const Products& products) { HWY_DYNAMIC_DISPATCH(multiply_rows)(products); }
void multiply_columns(const Products& products) {
  HWY_DYNAMIC_DISPATCH(multiply_columns)(products);
}

}  // namespace sotto::simulator
#endif

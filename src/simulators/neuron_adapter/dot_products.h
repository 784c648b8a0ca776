#pragma once

#include <cstddef>

namespace sotto::simulator {

/// What rows are padded to a multiple of, with zeros, before dot products are taken of them.
inline constexpr std::size_t kDotPadding = 16;

/// Sums of products of floats that are halves' values: a product of two such is exact, so that it
/// makes no difference whether an instruction adds it before it rounds.
struct Products {
  const float* left = nullptr;  ///< rows, each `left_stride` behind the one before
  std::size_t rows = 0, left_stride = 0;
  const float* right = nullptr;
  std::size_t columns = 0, right_stride = 0;
  std::size_t depth = 0;
  float* out = nullptr;  ///< [rows, columns], rows `out_stride` apart
  std::size_t out_stride = 0;
};

/// `right` has a row for each column of the result; `depth` is a multiple of kDotPadding. Product k
/// is added to sum k mod 16, and in the end these are added up by halves: 0 … 7 to 8 … 15, and on.
void multiply_rows(const Products& products);

/// `right` has a row for each step of the depth, and its rows are padded to a multiple of
/// kDotPadding, as those of `out` are. Products are added one after the other.
void multiply_columns(const Products& products);

}  // namespace sotto::simulator

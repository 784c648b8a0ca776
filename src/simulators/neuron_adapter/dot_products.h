#pragma once

#include <cstddef>

namespace sotto::simulator {

/// Floats that rows of dot_products() are padded to a multiple of, with zeros.
inline constexpr std::size_t kDotPadding = 16;

/// The products of every row of one matrix with every row of another.
struct DotProducts {
  const float* left = nullptr;   ///< [rows, depth]
  const float* right = nullptr;  ///< [columns, depth]
  std::size_t rows = 0, columns = 0;
  std::size_t depth = 0;  ///< a multiple of kDotPadding
  float* out = nullptr;   ///< [rows, columns]
};
void multiply(const DotProducts& products);

}  // namespace sotto::simulator

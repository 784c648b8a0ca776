#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "run/self_test/comparison.h"

namespace sotto {

/// The products of every row of one matrix with every row of another, plus a bias a column.
struct Products {
  std::size_t rows = 0, columns = 0, depth = 0;
  std::vector<double> left;  ///< [rows, depth]
  /// Writes row `column` of the right matrix, `depth` numbers; called by several threads.
  std::function<void(std::size_t column, double* out)> right;
  std::function<double(std::size_t column)> bias;  ///< empty: none
  std::size_t first = 0;  ///< where element (0, 0) stands in what was found; rows follow each other
};

/// Holds a device's products to those in double precision, with the bounds of expected.h. Uses all
/// processors.
void compare_products(const Products& products, Comparison& comparison);

}  // namespace sotto

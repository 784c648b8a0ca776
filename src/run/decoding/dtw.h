#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sotto {

/// A way through a matrix, as the rows and columns of the cells that it touches, in order.
struct WarpingPath {
  std::vector<std::int64_t> rows, columns;
};

/// Dynamic time warping (Sakoe and Chiba 1978, steps of one): the way from the first cell of
/// `costs`, [rows, columns] in row-major order, to the last that goes right, down or both at each
/// step and whose cells sum to the least. Ties are the reference's (timing.py): a cell is entered
/// from above or from the corner only where that is strictly cheaper than both other ways, else
/// from the left, even where the other two are equal and cheaper. NaN compares with nothing, so the
/// way goes left there; where it comes to the left edge above the matrix's foot, the column is −1.
[[nodiscard]] WarpingPath warp_time(std::span<const double> costs, std::int64_t rows,
                                    std::int64_t columns);

}  // namespace sotto

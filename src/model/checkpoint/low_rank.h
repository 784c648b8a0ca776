#pragma once

#include <cstdint>
#include <vector>

#include "core/base/tensor.h"

namespace sotto {

/// factor · left · right in float32, matrices of [rows, rank] and [rank, columns] in row-major
/// order.
struct LowRankProduct {
  std::vector<float> left, right;
  std::int64_t rank = 0;
  float factor = 0;
};

/// The base, of any float type and as a matrix whose rows are its outermost axis, and the products
/// of its size, summed up in float32 in their order and rounded once, to the base's type. Owns its
/// elements.
[[nodiscard]] TensorView add_products(const TensorView& base,
                                      const std::vector<LowRankProduct>& products);

/// The same values in another float type, rounded to nearest even.
[[nodiscard]] TensorView as_type(const TensorView& view, DType dtype);

/// False when an element is infinite or no number.
[[nodiscard]] bool is_finite(const TensorView& view);

}  // namespace sotto

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sotto {

/// Extents of a tensor, outermost first; every extent is ≥ 0. An empty shape is a scalar.
using Shape = std::vector<std::int64_t>;

/// Product of the extents; nullopt when an extent is negative or the product leaves int64.
[[nodiscard]] std::optional<std::int64_t> checked_num_elements(const Shape& shape);

/// Product of the extents. Throws internal where checked_num_elements gives none.
[[nodiscard]] std::int64_t num_elements(const Shape& shape);

/// Strides in elements of a dense row-major tensor.
[[nodiscard]] Shape row_major_strides(const Shape& shape);

/// "[1, 80, 3000]".
[[nodiscard]] std::string to_string(const Shape& shape);

}  // namespace sotto

#pragma once

#include <optional>
#include <vector>

#include "core/base/shape.h"

namespace sotto::cpu {

/// Where the elements of a value lie in its buffer. Strides are in elements and ≥ 0; a view of
/// another value is the same buffer under another layout.
struct Layout {
  Shape shape;
  Shape strides;
};

[[nodiscard]] Layout dense_layout(const Shape& shape);

/// True when both put every element in the same place (axes of extent 1 have no say).
[[nodiscard]] bool same_places(const Layout& a, const Layout& b);

[[nodiscard]] bool is_dense(const Layout& layout);

/// Axis i of the result is axis order[i] of `layout`.
[[nodiscard]] Layout permute(const Layout& layout, const std::vector<std::int64_t>& order);

/// The layout that becomes dense under permute(…, order): what a value should have whose only use
/// is that transpose.
[[nodiscard]] Layout dense_after_permute(const Shape& shape,
                                         const std::vector<std::int64_t>& order);

/// The same elements in row-major order under `shape`, which has as many; nullopt where no strides
/// can say that.
[[nodiscard]] std::optional<Layout> reshape(const Layout& layout, const Shape& shape);

/// Elements from the first to behind the last one.
[[nodiscard]] std::int64_t span_elements(const Layout& layout);

}  // namespace sotto::cpu

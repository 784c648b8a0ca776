#include "run/backends/cpu/steps/layout.h"

namespace sotto::cpu {

Layout dense_layout(const Shape& shape) { return {shape, row_major_strides(shape)}; }

bool same_places(const Layout& a, const Layout& b) {
  if (a.shape != b.shape) return false;
  for (std::size_t axis = 0; axis < a.shape.size(); ++axis) {
    if (a.shape[axis] != 1 && a.strides[axis] != b.strides[axis]) return false;
  }
  return true;
}

bool is_dense(const Layout& layout) { return same_places(layout, dense_layout(layout.shape)); }

Layout permute(const Layout& layout, const std::vector<std::int64_t>& order) {
  Layout permuted;
  for (const std::int64_t axis : order) {
    permuted.shape.push_back(layout.shape[static_cast<std::size_t>(axis)]);
    permuted.strides.push_back(layout.strides[static_cast<std::size_t>(axis)]);
  }
  return permuted;
}

Layout dense_after_permute(const Shape& shape, const std::vector<std::int64_t>& order) {
  const Layout permuted = dense_layout(permute(dense_layout(shape), order).shape);
  Layout layout{shape, Shape(shape.size())};
  for (std::size_t place = 0; place < order.size(); ++place) {
    layout.strides[static_cast<std::size_t>(order[place])] = permuted.strides[place];
  }
  return layout;
}

// Both shapes are walked from the innermost axis outwards. `left` elements, `stride` apart, are
// those of the source axes taken so far that no target axis has used yet.
std::optional<Layout> reshape(const Layout& layout, const Shape& shape) {
  Layout target{shape, Shape(shape.size(), 1)};
  std::size_t source_axis = layout.shape.size();
  std::int64_t left = 1;
  std::int64_t stride = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] == 1) continue;
    while (left % shape[axis] != 0) {
      if (source_axis == 0) return std::nullopt;
      --source_axis;
      const std::int64_t extent = layout.shape[source_axis];
      if (extent == 1) continue;
      if (left == 1) stride = layout.strides[source_axis];
      if (layout.strides[source_axis] != stride * left) return std::nullopt;
      left *= extent;
    }
    target.strides[axis] = stride;
    stride *= shape[axis];
    left /= shape[axis];
  }
  return target;
}

std::int64_t span_elements(const Layout& layout) {
  std::int64_t last = 0;
  for (std::size_t axis = 0; axis < layout.shape.size(); ++axis) {
    last += (layout.shape[axis] - 1) * layout.strides[axis];
  }
  return last + 1;
}

}  // namespace sotto::cpu

#include "run/backends/neuron/padded_copy.h"

#include <algorithm>
#include <cstddef>

namespace sotto::neuron {
namespace {

/// What is copied from what to what.
struct Boxes {
  const Shape& from;
  const Shape& to;
  const Shape& extents;
};

/// Elements from one place to the next along an axis.
std::int64_t stride(const Shape& shape, std::size_t axis) {
  std::int64_t elements = 1;
  for (std::size_t i = axis + 1; i < shape.size(); ++i) elements *= shape[i];
  return elements;
}

/// Copies the box from `axis` on; `from` and `to` are where it begins.
void copy_from_axis(std::size_t axis, const Boxes& boxes, const float* from, float* to) {
  if (axis + 1 >= boxes.extents.size()) {
    std::copy_n(from, boxes.extents.empty() ? 1 : boxes.extents.back(), to);
    return;
  }
  const std::int64_t from_stride = stride(boxes.from, axis), to_stride = stride(boxes.to, axis);
  for (std::int64_t place = 0; place < boxes.extents[axis]; ++place) {
    copy_from_axis(axis + 1, boxes, from + place * from_stride, to + place * to_stride);
  }
}

}  // namespace

void copy_rows(const float* from, const Shape& from_shape, float* to, const Shape& to_shape,
               const Shape& extents) {
  copy_from_axis(0, {from_shape, to_shape, extents}, from, to);
}

}  // namespace sotto::neuron

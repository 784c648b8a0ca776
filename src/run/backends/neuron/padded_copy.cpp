#include "run/backends/neuron/padded_copy.h"

#include <algorithm>
#include <cstddef>

namespace sotto::neuron {
namespace {

/// Copies the box from `axis` on; `from` and `to` are where it begins.
void copy_from_axis(std::size_t axis, const float* from, const Shape& from_shape, float* to,
                    const Shape& to_shape, const Shape& extents) {
  if (axis + 1 >= extents.size()) {
    std::copy_n(from, extents.empty() ? 1 : extents.back(), to);
    return;
  }
  std::int64_t from_stride = 1, to_stride = 1;
  for (std::size_t i = axis + 1; i < extents.size(); ++i) {
    from_stride *= from_shape[i];
    to_stride *= to_shape[i];
  }
  for (std::int64_t place = 0; place < extents[axis]; ++place) {
    copy_from_axis(axis + 1, from + place * from_stride, from_shape, to + place * to_stride,
                   to_shape, extents);
  }
}

}  // namespace

void copy_rows(const float* from, const Shape& from_shape, float* to, const Shape& to_shape,
               const Shape& extents) {
  copy_from_axis(0, from, from_shape, to, to_shape, extents);
}

}  // namespace sotto::neuron

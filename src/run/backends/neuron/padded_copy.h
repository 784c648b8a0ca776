#pragma once

#include "core/base/shape.h"

namespace sotto::neuron {

/// Copies the elements of the box `extents` from one dense tensor to another, both of as many axes,
/// neither smaller along any.
void copy_rows(const float* from, const Shape& from_shape, float* to, const Shape& to_shape,
               const Shape& extents);

}  // namespace sotto::neuron

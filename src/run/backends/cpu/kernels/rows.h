#pragma once

#include <cstddef>
#include <cstdint>

#include "run/backends/cpu/kernels/element.h"

// What goes over rows of float32 one by one.

namespace sotto::cpu {

/// (x − mean) / √(variance + epsilon) · weight + bias, to any element type (as ConvertRows); NaN
/// where an element of the row is NaN or infinite.
struct LayerNormRows {
  const float* input = nullptr;
  std::int64_t input_stride = 0;
  std::int64_t rows = 0, width = 0;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float epsilon = 1e-5F;
  Rows output;
  Element output_element = Element::f32;
};

/// Rows of any element type to any. A group of bytes has the scale (largest magnitude) / 127: none
/// that is finite where a value is NaN or infinite, and 0 where all are below 1e-30.
/// bfloat16s are the nearest, but below 2^−126 they may be zeros.
struct ConvertRows {
  Rows input;
  Element input_element = Element::f32;
  std::int64_t rows = 0, width = 0;
  Rows output;
  Element output_element = Element::f32;
};

/// softmax of each row: NaN where an element is NaN or +∞, or all are −∞.
struct SoftmaxRows {
  const float* input = nullptr;
  std::int64_t input_stride = 0;
  std::int64_t rows = 0, width = 0;
  float* output = nullptr;
  std::int64_t output_stride = 0;
};

}  // namespace sotto::cpu

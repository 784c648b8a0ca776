#pragma once

#include <cstddef>
#include <cstdint>

#include "run/backends/cpu/kernels/element.h"

// Attention of few queries over the keys and values of a window of audio, whose time goes into
// reading them: each is read once for up to eight queries of the window. They are kept in the order
// in which they are read, float32, or bytes with a scale (bfloat16) for each place: of keys for
// each 64 of a head's width, of values for all of it; queries and weights are then integers of 15
// bits (row_product.h). Widths and places are padded to 64 where they are kept.

namespace sotto::cpu {

/// How keys and values of a window are kept: f32 or int8.
struct WindowForm {
  Element element = Element::f32;
  std::int64_t heads = 1;
  std::int64_t width = 1;   ///< of a head
  std::int64_t places = 1;  ///< of audio
};

/// Memory of one window's keys, and as much for its values: heads one after another.
[[nodiscard]] std::size_t window_bytes(const WindowForm& form);
/// Of one head.
[[nodiscard]] std::size_t window_head_bytes(const WindowForm& form);

/// One head of rows [places, heads · width] into its place.
struct WindowRows {
  WindowForm form;
  const float* rows = nullptr;  ///< of the head's first column
  std::int64_t stride = 0;
  std::byte* head = nullptr;  ///< window_head_bytes()
};

/// Queries of one head over one window: output = softmax(query · keysᵀ) · values. A score that is
/// no finite number makes its query's whole output NaN, and so does such a value that is kept as
/// bytes.
struct WindowQueries {
  WindowForm form;
  const float* query = nullptr;  ///< [count, width] with `stride`, scaled already
  std::int64_t stride = 0;
  std::int64_t count = 0;
  const std::byte* keys = nullptr;  ///< of the head
  const std::byte* values = nullptr;
  float* output = nullptr;  ///< [count, width] with output_stride
  std::int64_t output_stride = 0;
  std::byte* scratch = nullptr;  ///< window_scratch() bytes of this thread's, aligned to 64
};

[[nodiscard]] std::size_t window_scratch(const WindowForm& form, std::int64_t count);

}  // namespace sotto::cpu

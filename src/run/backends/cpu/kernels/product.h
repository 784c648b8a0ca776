#pragma once

#include <cstddef>
#include <cstdint>

#include "run/backends/cpu/kernels/element.h"

// Products of many rows: input [rows, depth] · weights [depth, columns]. Weights are packed in
// panels of kGroup columns, each panel one stretch of memory of panel_bytes():
//   f32   [depth][64]
//   bf16  [⌈depth/2⌉][64][2], of an odd depth the last is zero
//   int8  [groups][64] scales (float32), then for each group [16][64][4] bytes + 128; padded by 128
// Columns behind the last are zeros.

namespace sotto::cpu {

[[nodiscard]] std::size_t panel_bytes(Element element, std::int64_t depth);

/// Packs columns [first, first + kGroup) of a matrix whose column c lies densely, `depth` floats,
/// at columns + c · depth (a Linear's weight [O, I] as it is stored); `count` ≤ kGroup of them
/// exist. `panel` has panel_bytes(). Bytes are the nearest multiples of the largest magnitude /
/// 127, which is the scale; it is NaN where one of its values is no finite number.
void pack_panel(Element element, const float* columns, std::int64_t count, std::int64_t depth,
                std::byte* panel);

/// output = gelu((input · weights + bias) · factor) + residual, what is null or false left out.
struct Product {
  Rows input;  ///< of the weights' element type, which they are aligned to; they may overlap
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  const std::byte* panels = nullptr;  ///< the first of those that are to be multiplied by
  std::int64_t columns = 0;           ///< in these panels
  // From here on: what belongs to the first of these columns.
  const float* bias = nullptr;
  float factor = 1.0F;
  bool gelu = false;
  const float* residual = nullptr;  ///< may be the output itself, of f32
  std::int64_t residual_stride = 0;
  /// Of int8 each panel is a group, whose scale is the largest magnitude / 127: 0 where all are
  /// less than 1e-30, and no finite number where one of the values is none.
  Rows output;
  Element output_element = Element::f32;
  std::byte* scratch = nullptr;  ///< kProductScratch bytes of this thread's, aligned to 64
};

inline constexpr std::size_t kProductScratch = std::size_t{64} << 10;

}  // namespace sotto::cpu

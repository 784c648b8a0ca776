#pragma once

#include <cstddef>
#include <cstdint>

#include "run/backends/cpu/kernels/element.h"

// Products whose time goes into reading the weights: few rows of float32. Weights are float32
// panels as product.h has them, or signed bytes with a scale per group of 64 along the depth,
// while the rows become integers of 15 bits with a scale per group: value ≈ (128 · high + low) ·
// scale with high a signed byte and low from 0 to 127. So the rounding is that of the weights, and
// sums are exact in integers: a row's result does not depend on how many rows there are.

namespace sotto::cpu {

/// A group of such integers, with its scale.
inline constexpr std::size_t kFineGroupBytes = 136;

/// As what weights are read.
enum class RowWeights : std::uint8_t { f32, f16, int8 };

/// Rows as such integers, in memory of fine_bytes(rows, depth). Only the instruction set that wrote
/// them can read them.
[[nodiscard]] std::size_t fine_bytes(std::int64_t rows, std::int64_t depth);

/// A panel of kGroup columns, one stretch of memory that is read from its begin to its end: for
/// each group of the depth [16][64][4] bytes (+ 128) and 64 scales (bfloat16, rounded up). The four
/// bytes that lie together are of the places j, 16 + j, 32 + j and 48 + j of the group.
[[nodiscard]] std::size_t byte_panel_bytes(std::int64_t depth);
/// As pack_panel().
void pack_byte_panel(const float* columns, std::int64_t count, std::int64_t depth,
                     std::byte* panel);

/// A panel [depth][64] of halves, for weights that are halves in their checkpoint: twice as few
/// bytes, and the very products of float32.
[[nodiscard]] std::size_t half_panel_bytes(std::int64_t depth);
/// As pack_panel(); of values that float16 holds.
void pack_half_panel(const float* columns, std::int64_t count, std::int64_t depth,
                     std::byte* panel);

/// output = gelu((input · weights + bias) · factor) + residual, what is null or false left out, all
/// float32. Panels follow one another; each is read once, for any number of rows.
struct RowProduct {
  const float* input = nullptr;  ///< for float32 panels
  std::int64_t input_stride = 0;
  const std::byte* fine = nullptr;  ///< for byte panels: what Kernels::make_fine wrote
  std::int64_t rows = 0;
  std::int64_t depth = 0;
  const std::byte* panels = nullptr;
  std::int64_t columns = 0;
  // From here on: what belongs to the first of these columns.
  const float* bias = nullptr;
  float factor = 1.0F;
  bool gelu = false;
  const float* residual = nullptr;
  std::int64_t residual_stride = 0;
  float* output = nullptr;
  std::int64_t output_stride = 0;
};

/// Rows to fine integers. A row with an element that is no finite number has only NaNs in a
/// product.
struct FineRows {
  const float* rows = nullptr;
  std::int64_t stride = 0;
  std::int64_t count = 0;
  std::int64_t depth = 0;
  std::byte* fine = nullptr;  ///< fine_bytes(count, depth), aligned to 4
};

}  // namespace sotto::cpu

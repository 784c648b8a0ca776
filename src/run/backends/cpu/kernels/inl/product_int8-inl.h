#pragma once

// A tile of a product of bytes: exact sums of a group of 64, then scaled and added up in float32.
// product-inl.h has what goes over tiles.

#include "run/backends/cpu/kernels/inl/tile-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

struct ByteProduct {
  static constexpr Element kElement = Element::int8;
  static constexpr std::int64_t kDepth = 128 * kGroup;

  /// Four values of each row, `stride` bytes apart, by the columns of a tile.
  template <int kPart, int kRows>
  static SOTTO_INLINE void add_part(const std::byte* fours, std::int64_t stride,
                                    const std::byte* weights, Ints (&acc)[kRows][kTileVectors]) {
    Ints w[kTileVectors];
    for (std::int64_t c = 0; c < kTileVectors; ++c) {
      w[c] = part_of_weights<kPart>(load_as<Ints>(weights + 4 * c * kLanes));
    }
    for (std::int64_t r = 0; r < kRows; ++r) {
      const Ints x = part_of_activations<kPart>(broadcast(fours + r * stride));
      for (std::int64_t c = 0; c < kTileVectors; ++c) acc[r][c] = dot4_part(acc[r][c], w[c], x);
    }
  }

  /// A group of the depth, padded with zeros if need be.
  struct Group {
    const std::byte* rows;
    std::int64_t stride;
    std::int64_t index;  ///< from the tile's first on
    const float* weight_scales;
    const std::byte* weights;
  };

  // Not inline: else the compiler keeps float sums in registers too, of which there are too few.
  template <int kRows>
  static __attribute__((noinline)) void add_columns(const Tile& tile, const Group& group,
                                                    std::int64_t column) {
    Ints acc[kRows][kTileVectors];
    for (std::int64_t r = 0; r < kRows; ++r) {
      const Ints start = set_int(tile.corrections[group.index * tile.correction_stride + r]);
      for (std::int64_t c = 0; c < kTileVectors; ++c) acc[r][c] = start;
    }
    const std::byte* weights = group.weights + 4 * column;
    for (std::int64_t k = 0; k < kGroup; k += 4, weights += 4 * kGroup) {
      add_part<0>(group.rows + k, group.stride, weights, acc);
      if constexpr (kFourParts == 2) add_part<1>(group.rows + k, group.stride, weights, acc);
    }
    // Copies of what the structs have: the compiler takes them for written to with the sums.
    float* sums = tile.sums + column;
    const float* scales = tile.scales + group.index;
    const std::int64_t scale_stride = tile.scale_stride;
    Floats w[kTileVectors];
    for (std::int64_t c = 0; c < kTileVectors; ++c)
      w[c] = load(group.weight_scales + column + c * kLanes);
    for (std::int64_t r = 0; r < kRows; ++r, sums += kGroup, scales += scale_stride) {
      const Floats scale = set(*scales);
      for (std::int64_t c = 0; c < kTileVectors; ++c) {
        float* at = sums + c * kLanes;
        store(to_floats(acc[r][c]) * (scale * w[c]) + load(at), at);
      }
    }
  }

  template <int kRows>
  static void add_group(const Tile& tile, const Group& group) {
    for (std::int64_t c = 0; c < kGroup; c += kTileColumns) add_columns<kRows>(tile, group, c);
  }

  template <int kRows>
  static void add(const Tile& tile) {
    const std::int64_t first = tile.first / kGroup;
    const auto* scales = reinterpret_cast<const float*>(tile.panel) + first * kGroup;
    const std::byte* weights =
        tile.panel + groups_in(tile.whole_depth) * kGroup * 4 + first * kGroup * kGroup;
    const std::int64_t whole = tile.depth / kGroup;
    for (std::int64_t g = 0; g < whole; ++g) {
      add_group<kRows>(tile, {tile.input + g * kGroup, tile.stride, g, scales + g * kGroup,
                              weights + g * kGroup * kGroup});
    }
    const std::int64_t rest = tile.depth - whole * kGroup;
    if (rest == 0) return;
    std::byte padded[kRows * kGroup] = {};
    for (std::int64_t r = 0; r < kRows; ++r) {
      const std::byte* row = tile.input + r * tile.stride + whole * kGroup;
      for (std::int64_t i = 0; i < rest; ++i) padded[r * kGroup + i] = row[i];
    }
    add_group<kRows>(
        tile, {padded, kGroup, whole, scales + whole * kGroup, weights + whole * kGroup * kGroup});
  }
};

SOTTO_INLINE std::int32_t sum_of_bytes(const std::byte* bytes, std::int64_t count) {
  std::int32_t sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<std::int8_t>(bytes[i]);
  return sum;
}
SOTTO_INLINE std::int32_t sum_of_group(const std::byte* bytes) {
  Ints sums{};
  for (std::int64_t i = 0; i < kGroup; i += std::int64_t{4} * kLanes) {
    sums = dot4(sums, set_int(0x01010101), load_as<Ints>(bytes + i));
  }
  return sum_of(sums);
}

/// What the sums of each group of a row begin with (kByteOffset), `stride` from group to group.
SOTTO_INLINE void correct_row(const std::byte* row, std::int64_t depth, std::int64_t stride,
                              std::int32_t* corrections) {
  for (; depth >= kGroup; depth -= kGroup, row += kGroup, corrections += stride) {
    *corrections = -kByteOffset * (kByteOffset == 0 ? 0 : sum_of_group(row));
  }
  if (depth > 0) *corrections = -kByteOffset * sum_of_bytes(row, depth);
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

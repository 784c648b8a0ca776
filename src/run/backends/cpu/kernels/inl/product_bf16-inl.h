#pragma once

// A tile of a product in bfloat16: product-inl.h has what goes over tiles.

#include "run/backends/cpu/kernels/inl/tile-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

struct HalfProduct {
  static constexpr Element kElement = Element::bf16;
  static constexpr std::int64_t kDepth = 512;

  /// A pair of values of each row by the columns of a tile.
  template <int kPart, int kRows, class Pair>
  static SOTTO_INLINE void add_part(const Pair& pair, const std::uint16_t* weights,
                                    Floats (&acc)[kRows][kTileVectors]) {
    PairPart w[kTileVectors];
    for (std::int64_t c = 0; c < kTileVectors; ++c) {
      w[c] = part_of_pairs<kPart>(load_as<Ints>(weights + 2 * c * kLanes));
    }
    for (std::int64_t r = 0; r < kRows; ++r) {
      const PairPart x = part_of_pairs<kPart>(pair(r));
      for (std::int64_t c = 0; c < kTileVectors; ++c) acc[r][c] = dot2_part(acc[r][c], x, w[c]);
    }
  }

  template <int kRows>
  static SOTTO_INLINE void add_columns(const Tile& tile, const std::uint16_t* weights,
                                       float* sums) {
    const auto* input = reinterpret_cast<const std::uint16_t*>(tile.input);
    Floats acc[kRows][kTileVectors];
    load_tile<kRows>(tile, sums, acc);
    std::int64_t k = 0;
    for (; k + 2 <= tile.depth; k += 2, weights += 2 * kGroup) {
      const auto pair = [&](std::int64_t r) { return broadcast(input + r * tile.stride + k); };
      add_part<0>(pair, weights, acc);
      if constexpr (kPairParts == 2) add_part<1>(pair, weights, acc);
    }
    if (k < tile.depth) {  // the last of an odd depth has no neighbour
      const auto single = [&](std::int64_t r) { return set_int(input[r * tile.stride + k]); };
      add_part<0>(single, weights, acc);
    }
    store_tile<kRows>(acc, sums);
  }

  template <int kRows>
  static void add(const Tile& tile) {
    const auto* weights = reinterpret_cast<const std::uint16_t*>(tile.panel) + tile.first * kGroup;
    for (std::int64_t c = 0; c < kGroup; c += kTileColumns) {
      add_columns<kRows>(tile, weights + 2 * c, tile.sums + c);
    }
  }
};

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

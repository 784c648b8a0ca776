#pragma once

// A tile of a product in float32: product-inl.h has what goes over tiles.

#include "run/backends/cpu/kernels/inl/tile-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

struct FloatProduct {
  static constexpr Element kElement = Element::f32;
  static constexpr std::int64_t kDepth = 128;

  template <int kRows>
  static SOTTO_INLINE void add_columns(const Tile& tile, const float* weights, float* sums) {
    const auto* input = reinterpret_cast<const float*>(tile.input);
    Floats acc[kRows][kTileVectors];
    load_tile<kRows>(tile, sums, acc);
    for (std::int64_t k = 0; k < tile.depth; ++k, weights += kGroup) {
      Floats w[kTileVectors];
      for (std::int64_t c = 0; c < kTileVectors; ++c) w[c] = load(weights + c * kLanes);
      for (std::int64_t r = 0; r < kRows; ++r) {
        const Floats x = set(input[r * tile.stride + k]);
        for (std::int64_t c = 0; c < kTileVectors; ++c) acc[r][c] = x * w[c] + acc[r][c];
      }
    }
    store_tile<kRows>(acc, sums);
  }

  template <int kRows>
  static void add(const Tile& tile) {
    const auto* weights = reinterpret_cast<const float*>(tile.panel) + tile.first * kGroup;
    for (std::int64_t c = 0; c < kGroup; c += kTileColumns) {
      add_columns<kRows>(tile, weights + c, tile.sums + c);
    }
  }
};

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

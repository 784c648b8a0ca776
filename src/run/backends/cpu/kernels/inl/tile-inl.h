#pragma once

// What a product keeps in registers: the sums of few rows by few vectors of columns. Each row of
// the input is a broadcast that meets every vector of weights, each vector of weights meets every
// row; sums wait in memory while the panel's other columns, or the rest of the depth, are at it.

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

constexpr int kTileRows = 6;
// As many as there are registers for, with weights and a broadcast beside them.
#if SOTTO_LANES == 16 || defined(__aarch64__)
constexpr int kTileVectors = 4;
#else
constexpr int kTileVectors = 2;
#endif
constexpr std::int64_t kTileColumns = std::int64_t{kTileVectors} * kLanes;

SOTTO_INLINE std::int64_t groups_in(std::int64_t values) { return (values + kGroup - 1) / kGroup; }

/// Up to kTileRows rows by a stretch of one panel's depth.
struct Tile {
  const std::byte* input = nullptr;  ///< row 0 at depth `first`
  std::int64_t stride = 0;           ///< elements
  const std::byte* panel = nullptr;  ///< its begin
  std::int64_t first = 0, depth = 0;
  std::int64_t whole_depth = 0;  ///< of the panel
  float* sums = nullptr;         ///< [rows, kGroup], to be added to
  // Of bytes, from the group of `first` on.
  const float* scales = nullptr;
  std::int64_t scale_stride = 0;
  const std::int32_t* corrections = nullptr;  ///< [rows] for each group, correction_stride apart
  std::int64_t correction_stride = 0;
};

/// The sums to go on with: none yet where the depth begins.
template <int kRows>
SOTTO_INLINE void load_tile(const Tile& tile, const float* sums,
                            Floats (&acc)[kRows][kTileVectors]) {
  if (tile.first == 0) {
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (std::int64_t c = 0; c < kTileVectors; ++c) acc[r][c] = Floats{};
    }
  } else {
    for (std::int64_t r = 0; r < kRows; ++r) {
      for (std::int64_t c = 0; c < kTileVectors; ++c)
        acc[r][c] = load(sums + r * kGroup + c * kLanes);
    }
  }
}
template <int kRows>
SOTTO_INLINE void store_tile(const Floats (&acc)[kRows][kTileVectors], float* sums) {
  for (std::int64_t r = 0; r < kRows; ++r) {
    for (std::int64_t c = 0; c < kTileVectors; ++c)
      store(acc[r][c], sums + r * kGroup + c * kLanes);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

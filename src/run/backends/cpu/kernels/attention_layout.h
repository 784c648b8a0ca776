#pragma once

#include <cstdint>

#include "run/backends/cpu/kernels/element.h"

// What the attention kernels and the sizes of their memory share; attention.h is for callers.

namespace sotto::cpu {

/// Keys are packed to a multiple of this many, and columns of values: no instruction set takes more
/// of them at a time.
inline constexpr std::int64_t kAttentionPanel = 64;
/// Queries that go over a tile of keys and values before the next tile is fetched.
inline constexpr std::int64_t kAttentionRows = 96;
/// Queries that share the registers; kAttentionRows is a multiple of it.
inline constexpr std::int64_t kRegisterRows = 6;
/// Keys of a tile: with 64 values each 128 KiB of keys and values.
inline constexpr std::int64_t kTileKeysF32 = 256;
inline constexpr std::int64_t kTileKeysBf16 = 512;
/// Most floats that a vector has.
inline constexpr std::int64_t kMostLanes = 16;

/// Where the parts of a thread's scratch lie, in bytes from its begin; each at a multiple of 64.
struct AttentionScratch {
  std::int64_t query_stride = 0;  ///< bytes from a query to the next
  std::int64_t value_stride = 0;  ///< floats from a row of outputs to the next
  std::int64_t queries = 0;       ///< [rows] of query_stride bytes
  std::int64_t outputs = 0;       ///< [rows, value_stride] floats, before the division by `totals`
  std::int64_t totals = 0;        ///< [rows, kMostLanes] floats, sums of the weights by lane
  std::int64_t largest = 0;       ///< [rows] floats, the largest scores
  std::int64_t scores = 0;        ///< [kRegisterRows, keys of a tile] floats
  std::int64_t weights = 0;       ///< [kRegisterRows, keys of a tile] bfloat16
  std::int64_t bytes = 0;
};

[[nodiscard]] AttentionScratch attention_scratch(Element element, std::int64_t rows,
                                                 std::int64_t width, std::int64_t value_width);

}  // namespace sotto::cpu

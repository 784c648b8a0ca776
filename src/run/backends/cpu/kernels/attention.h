#pragma once

#include <cstddef>
#include <cstdint>

#include "run/backends/cpu/kernels/element.h"

// Attention of many queries, head by head: keys and values of a head are packed once, then each
// block of queries goes over them in tiles that stay in a core's caches, with a running maximum and
// sum (Dao et al., "FlashAttention", 2022; Milakov and Gimelshein, "Online normalizer calculation
// for softmax", 2018). In bfloat16 the weights are rounded too, and their sum is that of the
// rounded.

namespace sotto::cpu {

/// Memory for the packed keys, or values, of one head.
[[nodiscard]] std::size_t packed_head_bytes(Element element, std::int64_t keys, std::int64_t width);

/// Keys [keys, width] or values [keys, width] of one head: element (k, i) is at data[k · stride + i
/// · width_stride], float32 or bfloat16.
struct HeadRows {
  const std::byte* data = nullptr;
  Element element = Element::f32;  ///< f32 or bf16
  std::int64_t keys = 0, width = 0;
  std::int64_t stride = 0, width_stride = 1;
};

/// A block of queries of one head. A row is the same whatever block it is in. It is NaN where its
/// query, or any key (masked or not), holds what is no finite number, where a score is NaN or +∞
/// and where all are −∞; a mask of −∞ gives a key no weight.
struct QueryBlock {
  Rows query;  ///< scaled already; `element`
  std::int64_t rows = 0;
  std::int64_t width = 0;        ///< of queries and keys
  std::int64_t value_width = 0;  ///< of values and the output
  std::int64_t keys = 0;
  const std::byte* packed_keys = nullptr;
  const std::byte* packed_values = nullptr;
  const float* mask = nullptr;  ///< [rows, keys] with mask_stride, added to the scores; or null
  std::int64_t mask_stride = 0;
  Rows output;  ///< int8 only where value_width is kGroup
  Element output_element = Element::f32;
  std::byte* scratch = nullptr;  ///< query_block_scratch() bytes of this thread's, aligned to 64
};

/// For a block of up to `rows` queries.
[[nodiscard]] std::size_t query_block_scratch(Element element, std::int64_t rows,
                                              std::int64_t width, std::int64_t value_width);

}  // namespace sotto::cpu

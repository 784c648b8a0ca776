#include "run/backends/cpu/kernels/attention.h"

#include <algorithm>

#include "run/backends/cpu/kernels/attention_layout.h"

namespace sotto::cpu {
namespace {

std::int64_t rounded_up(std::int64_t value, std::int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

std::size_t packed_head_bytes(Element element, std::int64_t keys, std::int64_t width) {
  const std::int64_t as_keys = rounded_up(keys, kAttentionPanel) * rounded_up(width, 2);
  const std::int64_t as_values = rounded_up(keys, 2) * rounded_up(width, kAttentionPanel);
  return static_cast<std::size_t>(std::max(as_keys, as_values)) * bytes_of(element);
}

AttentionScratch attention_scratch(Element element, std::int64_t rows, std::int64_t width,
                                   std::int64_t value_width) {
  const std::int64_t together = rounded_up(std::min(rows, kAttentionRows), kRegisterRows);
  const std::int64_t tile = element == Element::f32 ? kTileKeysF32 : kTileKeysBf16;
  AttentionScratch scratch;
  scratch.query_stride = rounded_up(width, 2) * static_cast<std::int64_t>(bytes_of(element));
  scratch.value_stride = rounded_up(value_width, kMostLanes);
  const auto take = [&](std::int64_t bytes) {
    const std::int64_t at = scratch.bytes;
    scratch.bytes += rounded_up(bytes, 64);
    return at;
  };
  scratch.queries = take(together * scratch.query_stride);
  scratch.outputs = take(together * scratch.value_stride * 4);
  scratch.totals = take(together * kMostLanes * 4);
  scratch.largest = take(together * 4);
  scratch.scores = take(kRegisterRows * tile * 4);
  scratch.weights = take(element == Element::f32 ? 0 : kRegisterRows * tile * 2);
  return scratch;
}

std::size_t query_block_scratch(Element element, std::int64_t rows, std::int64_t width,
                                std::int64_t value_width) {
  return static_cast<std::size_t>(attention_scratch(element, rows, width, value_width).bytes);
}

}  // namespace sotto::cpu

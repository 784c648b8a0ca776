#include "run/backends/cpu/kernels/row_product.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/base/float16.h"

namespace sotto::cpu {
namespace {

constexpr std::size_t kQuads = 16;
constexpr std::size_t kValues = kGroup;
constexpr std::size_t kScaleBytes = 2 * kValues;
constexpr std::size_t kGroupBytes = kValues * kValues + kScaleBytes;

/// A scale that a bfloat16 holds: rounded up, so that no byte gets above 127. NaN where a value is
/// no finite number.
float scale_of(const std::array<float, kValues>& values) {
  float most = 0, bad = 0;
  for (const float value : values) {
    most = std::max(most, std::abs(value));
    bad += value * 0.0F;
  }
  if (std::isnan(bad)) return std::bit_cast<float>(0x7FC00000U);
  if (most <= 1e-30F) return 0;
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(most / 127.0F) + 0xFFFFU) &
                              0xFFFF0000U);
}

/// A column's group to its place.
void pack_group(const std::array<float, kValues>& values, std::byte* column, std::byte* scale) {
  const float step = scale_of(values);
  const auto bits = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(step) >> 16);
  std::memcpy(scale, &bits, sizeof bits);
  const float factor = step > 0 ? 1.0F / step : 0.0F;
  std::array<std::uint32_t, kValues> bytes;
  for (std::size_t i = 0; i < kValues; ++i) {
    const float number = factor == 0.0F ? 0.0F : values[i] * factor;
    bytes[i] = static_cast<std::uint32_t>(static_cast<int>(number + 128.5F));
  }
  for (std::size_t quad = 0; quad < kQuads; ++quad) {
    const std::uint32_t word = bytes[quad] | bytes[kQuads + quad] << 8 |
                               bytes[2 * kQuads + quad] << 16 | bytes[3 * kQuads + quad] << 24;
    const std::array four{static_cast<std::byte>(word), static_cast<std::byte>(word >> 8),
                          static_cast<std::byte>(word >> 16), static_cast<std::byte>(word >> 24)};
    std::memcpy(column + 4 * kValues * quad, four.data(), four.size());
  }
}

}  // namespace

std::size_t fine_bytes(std::int64_t rows, std::int64_t depth) {
  return static_cast<std::size_t>(rows * groups_of(depth)) * kFineGroupBytes;
}

std::size_t byte_panel_bytes(std::int64_t depth) {
  return static_cast<std::size_t>(groups_of(depth)) * kGroupBytes;
}

void pack_byte_panel(const float* columns, std::int64_t count, std::int64_t depth,
                     std::byte* panel) {
  for (std::int64_t first = 0; first < depth; first += kGroup, panel += kGroupBytes) {
    const std::int64_t values = std::min(depth - first, kGroup);
    for (std::int64_t column = 0; column < kGroup; ++column) {
      std::array<float, kValues> group{};
      if (column < count) std::copy_n(columns + column * depth + first, values, group.begin());
      pack_group(group, panel + 4 * column, panel + kValues * kValues + 2 * column);
    }
  }
}

std::size_t half_panel_bytes(std::int64_t depth) {
  return static_cast<std::size_t>(depth * kGroup) * sizeof(std::uint16_t);
}

void pack_half_panel(const float* columns, std::int64_t count, std::int64_t depth,
                     std::byte* panel) {
  for (std::int64_t k = 0; k < depth; ++k) {
    for (std::int64_t column = 0; column < kGroup; ++column, panel += sizeof(std::uint16_t)) {
      const std::uint16_t half =
          column < count ? float32_to_float16(columns[column * depth + k]) : std::uint16_t{0};
      std::memcpy(panel, &half, sizeof half);
    }
  }
}

}  // namespace sotto::cpu

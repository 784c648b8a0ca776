#include "run/backends/cpu/kernels/product.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/base/float16.h"

namespace sotto::cpu {
namespace {

constexpr std::int64_t kPrefetched = 128;  ///< what a kernel may read behind a panel of bytes
constexpr std::int64_t kLine = 16;         ///< floats of a line of the caches

struct Columns {
  const float* data;
  std::int64_t count, depth;

  [[nodiscard]] float at(std::int64_t column, std::int64_t place) const {
    return column < count && place < depth ? data[column * depth + place] : 0.0F;
  }
};

// Calls write(column, place) for all places of all columns, those that lie in a line one after the
// other: columns lie so far apart that a cache holds few of their lines.
template <class Write>
void for_each_place(std::int64_t depth, const Write& write) {
  for (std::int64_t first = 0; first < depth; first += kLine) {
    for (std::int64_t column = 0; column < kGroup; ++column) {
      for (std::int64_t k = first; k < std::min(depth, first + kLine); ++k) write(column, k);
    }
  }
}

void pack_f32(const Columns& columns, std::byte* panel) {
  auto* out = reinterpret_cast<float*>(panel);
  for_each_place(columns.depth, [&](std::int64_t column, std::int64_t k) {
    out[k * kGroup + column] = columns.at(column, k);
  });
}

void pack_bf16(const Columns& columns, std::byte* panel) {
  auto* out = reinterpret_cast<std::uint16_t*>(panel);
  for_each_place((columns.depth + 1) / 2 * 2, [&](std::int64_t column, std::int64_t k) {
    out[(k / 2 * kGroup + column) * 2 + k % 2] = float32_to_bfloat16(columns.at(column, k));
  });
}

// One group of one column: its scale, and 64 bytes + 128, four of which lie together.
void pack_group(const Columns& columns, std::int64_t column, std::int64_t group, std::byte* panel) {
  std::array<float, kGroup> values{};
  float largest = 0, bad = 0;
  for (std::int64_t i = 0; i < kGroup; ++i) {
    const float value = columns.at(column, group * kGroup + i);
    values[static_cast<std::size_t>(i)] = value;
    largest = std::max(largest, std::abs(value));
    bad += value * 0.0F;
  }
  const bool is_zero = largest < 1e-30F;  // so that its inverse is finite
  const bool is_bad = std::isnan(bad);
  if (is_bad) values = {};
  const float inverse = is_zero || is_bad ? 0.0F : 127.0F / largest;
  reinterpret_cast<float*>(panel)[group * kGroup + column] =
      is_bad    ? std::numeric_limits<float>::quiet_NaN()
      : is_zero ? 0.0F
                : largest / 127.0F;
  std::byte* out = panel + groups_of(columns.depth) * kGroup * 4 + group * kGroup * kGroup;
  for (std::int64_t i = 0; i < kGroup; ++i) {
    const auto value = std::lrint(values[static_cast<std::size_t>(i)] * inverse);
    out[(i / 4 * kGroup + column) * 4 + i % 4] = static_cast<std::byte>(value + 128);
  }
}

void pack_int8(const Columns& columns, std::byte* panel) {
  for (std::int64_t group = 0; group < groups_of(columns.depth); ++group) {
    for (std::int64_t column = 0; column < kGroup; ++column) {
      pack_group(columns, column, group, panel);
    }
  }
  std::memset(panel + panel_bytes(Element::int8, columns.depth) - kPrefetched, 0, kPrefetched);
}

}  // namespace

std::size_t panel_bytes(Element element, std::int64_t depth) {
  const std::int64_t values = element == Element::f32    ? depth * 4
                              : element == Element::bf16 ? (depth + 1) / 2 * 4
                                                         : groups_of(depth) * (4 + kGroup);
  return static_cast<std::size_t>(values * kGroup + (element == Element::int8 ? kPrefetched : 0));
}

void pack_panel(Element element, const float* columns, std::int64_t count, std::int64_t depth,
                std::byte* panel) {
  const Columns source{columns, count, depth};
  switch (element) {
    case Element::f32:
      return pack_f32(source, panel);
    case Element::bf16:
      return pack_bf16(source, panel);
    case Element::int8:
      return pack_int8(source, panel);
  }
}

}  // namespace sotto::cpu

#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::cpu {

/// What the elements are that a kernel reads or writes.
enum class Element : std::uint8_t {
  f32,
  bf16,
  /// Signed bytes from −127 to 127 in groups of kGroup along a row, each group with a scale of its
  /// own (float32): a value is byte · scale.
  int8,
};

/// Values of a row that share a scale, and columns of a panel of packed weights.
inline constexpr std::int64_t kGroup = 64;

/// How many groups a row of so many values has.
[[nodiscard]] constexpr std::int64_t groups_of(std::int64_t values) {
  return (values + kGroup - 1) / kGroup;
}

[[nodiscard]] constexpr std::size_t bytes_of(Element element) {
  return element == Element::f32 ? 4 : element == Element::bf16 ? 2 : 1;
}

/// Rows of one of these types; what is read is not written to.
struct Rows {
  std::byte* data = nullptr;
  std::int64_t stride = 0;  ///< elements from a row to the next
  /// Of int8 rows: the scale of group g of row r is scales[r · scale_stride + g].
  float* scales = nullptr;
  std::int64_t scale_stride = 0;
};

}  // namespace sotto::cpu

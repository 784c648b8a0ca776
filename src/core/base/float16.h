#pragma once

#include <cstdint>
#include <span>

namespace sotto {

/// IEEE binary16 → binary32, exact for every bit pattern (subnormals, infinities, NaN kept).
[[nodiscard]] float float16_to_float32(std::uint16_t bits);

/// binary32 → IEEE binary16, rounding to nearest even; overflow gives infinity.
[[nodiscard]] std::uint16_t float32_to_float16(float value);

/// bfloat16 → binary32, exact.
[[nodiscard]] float bfloat16_to_float32(std::uint16_t bits);

/// binary32 → bfloat16, rounding to nearest even; overflow gives infinity.
[[nodiscard]] std::uint16_t float32_to_bfloat16(float value);

/// Bulk conversions; both spans have the same length.
void float16_to_float32(std::span<const std::uint16_t> bits, std::span<float> values);
void bfloat16_to_float32(std::span<const std::uint16_t> bits, std::span<float> values);

}  // namespace sotto

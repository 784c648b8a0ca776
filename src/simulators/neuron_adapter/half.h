#pragma once

#include <bit>
#include <cstdint>
#include <span>

namespace sotto::simulator {

/// An IEEE binary16, as which every value of a network lies between its operations.
using Half = std::uint16_t;

/// binary32 → binary16, to nearest even; what is beyond its range becomes infinite. Without
/// branches, so that loops over it become vector instructions.
inline Half to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFU;
  // Normal: the exponent by 112 less, and half a unit in the last place, less where it is even.
  const std::uint32_t normal =
      (magnitude - 0x38000000U + 0xFFFU + ((magnitude >> 13U) & 1U)) >> 13U;
  // Below 2^-14 units are 2^-24, as those of a float between 0.5 and 1 are.
  const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
  const std::uint32_t subnormal = std::bit_cast<std::uint32_t>(shifted) - 0x3F000000U;
  std::uint32_t half = magnitude < 0x38800000U ? subnormal : normal;
  half = magnitude >= 0x47800000U ? 0x7C00U : half;
  half = magnitude > 0x7F800000U ? 0x7E00U : half;
  return static_cast<Half>(half | ((bits >> 16U) & 0x8000U));
}

/// binary16 → binary32, exact.
inline float to_float(Half half) {
  const std::uint32_t magnitude = half & 0x7FFFU;
  const float scaled = std::bit_cast<float>(magnitude << 13U) * 0x1p112F;
  std::uint32_t bits = std::bit_cast<std::uint32_t>(scaled);
  bits = magnitude >= 0x7C00U ? (magnitude << 13U) | 0x7F800000U : bits;
  return std::bit_cast<float>(bits | (static_cast<std::uint32_t>(half & 0x8000U) << 16U));
}

/// The same of many; both spans have the same length.
inline void to_half(std::span<const float> values, std::span<Half> halves) {
  for (std::size_t i = 0; i < values.size(); ++i) halves[i] = to_half(values[i]);
}
inline void to_float(std::span<const Half> halves, std::span<float> values) {
  for (std::size_t i = 0; i < halves.size(); ++i) values[i] = to_float(halves[i]);
}

}  // namespace sotto::simulator

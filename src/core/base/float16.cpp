#include "core/base/float16.h"

#include <bit>

namespace sotto {
namespace {

// Branch-free, so that the compiler vectorizes the bulk loop. Shifting the 15 magnitude bits into
// binary32's places leaves the exponent biased by 15 instead of 127: a product with 2^112 corrects
// it, and makes subnormals normal on the way. Infinities and NaN get the full exponent back.
inline float widen(std::uint16_t half) {
  const std::uint32_t magnitude = (half & 0x7fffU) << 13U;
  const std::uint32_t sign = (half & 0x8000U) << 16U;
  const auto scaled = std::bit_cast<std::uint32_t>(std::bit_cast<float>(magnitude) * 0x1p112F);
  const std::uint32_t special = (half & 0x7c00U) == 0x7c00U ? 0x7f800000U : 0U;
  return std::bit_cast<float>(scaled | special | sign);
}

inline float widen_bfloat16(std::uint16_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

}  // namespace

float float16_to_float32(std::uint16_t bits) { return widen(bits); }

float bfloat16_to_float32(std::uint16_t bits) { return widen_bfloat16(bits); }

std::uint16_t float32_to_float16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16U) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return static_cast<std::uint16_t>(sign | 0x7e00U);
  if (magnitude >= 0x47800000U) return static_cast<std::uint16_t>(sign | 0x7c00U);
  if (magnitude < 0x38800000U) {
    // A subnormal result: adding 2^-1 · 2^… lets the adder round at binary16's last place.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5F;
    return static_cast<std::uint16_t>(sign | (std::bit_cast<std::uint32_t>(shifted) - 0x3f000000U));
  }
  const std::uint32_t rounded = magnitude + 0x0fffU + ((magnitude >> 13U) & 1U);
  return static_cast<std::uint16_t>(sign | ((rounded - 0x38000000U) >> 13U));
}

std::uint16_t float32_to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {  // no number must not become infinity
    return static_cast<std::uint16_t>((bits >> 16U) | 0x40U);
  }
  return static_cast<std::uint16_t>((bits + 0x7fffU + ((bits >> 16U) & 1U)) >> 16U);
}

void float16_to_float32(std::span<const std::uint16_t> bits, std::span<float> values) {
  for (std::size_t i = 0; i < bits.size(); ++i) values[i] = widen(bits[i]);
}

void bfloat16_to_float32(std::span<const std::uint16_t> bits, std::span<float> values) {
  for (std::size_t i = 0; i < bits.size(); ++i) values[i] = widen_bfloat16(bits[i]);
}

}  // namespace sotto

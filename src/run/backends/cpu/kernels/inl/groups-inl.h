#pragma once

// Stores of a group of 64 values as another element type.

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

// What __builtin_convertvector would do, were it not so slow with GCC.
/// The low halves of lanes.
SOTTO_INLINE void store_low_halves(Bits bits, std::byte* to) {
#if defined(__AVX512BW__) && SOTTO_LANES == 16
  store(_mm512_maskz_cvtepi32_epi16(0xFFFF, same_bits<__m512i>(bits)), to);
#elif defined(__AVX2__) && SOTTO_LANES == 8
  const __m256i order = _mm256_set1_epi64x(0x0D0C090805040100);
  const __m256i halves = _mm256_shuffle_epi8(same_bits<__m256i>(bits), order);
  store(_mm256_castsi256_si128(_mm256_permute4x64_epi64(halves, 0x08)), to);
#elif defined(__aarch64__)
  store(vmovn_u32(same_bits<uint32x4_t>(bits)), to);
#else
  for (std::int64_t i = 0; i < kLanes; ++i) {
    const auto half = static_cast<std::uint16_t>(bits[i]);
    __builtin_memcpy(to + 2 * i, &half, sizeof half);
  }
#endif
}
/// The lowest bytes of lanes.
SOTTO_INLINE void store_low_bytes(Ints ints, std::byte* to) {
#if defined(__AVX512BW__) && SOTTO_LANES == 16
  store(_mm512_maskz_cvtepi32_epi8(0xFFFF, same_bits<__m512i>(ints)), to);
#elif defined(__AVX2__) && SOTTO_LANES == 8
  const __m256i order = _mm256_set1_epi32(0x0C080400);
  const __m256i bytes = _mm256_shuffle_epi8(same_bits<__m256i>(ints), order);
  const __m128i all =
      _mm_unpacklo_epi32(_mm256_castsi256_si128(bytes), _mm256_extracti128_si256(bytes, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), all);
#elif defined(__aarch64__)
  const int16x4_t halves = vmovn_s32(same_bits<int32x4_t>(ints));
  store(vget_lane_s32(vreinterpret_s32_s8(vmovn_s16(vcombine_s16(halves, halves))), 0), to);
#else
  for (std::int64_t i = 0; i < kLanes; ++i) to[i] = static_cast<std::byte>(ints[i] & 0xFF);
#endif
}

/// The nearest bfloat16s; of halves the even one.
SOTTO_INLINE void store_halves(Floats floats, std::byte* to) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  store(_mm512_cvtneps_pbh(floats), to);
#else
  store_low_halves(to_bf16(floats), to);
#endif
}

constexpr std::int64_t kGroupVectors = kGroup / kLanes;
/// kGroup values.
typedef Floats Group[kGroupVectors];

/// Writes a group as bytes and returns its scale: the largest magnitude / 127, or 0, with all bytes
/// 0, where all values are less than 1e-30. Where one is no finite number, neither is the scale.
SOTTO_INLINE float store_bytes(const Group& values, std::byte* to) {
  // As integers magnitudes have the same order, and NaN is above all.
  Ints largest{};
  for (const Floats& some : values) {
    const Ints bits = same_bits<Ints>(some) & 0x7FFFFFFF;
    largest = bits > largest ? bits : largest;
  }
  const auto magnitude = same_bits<float>(max_of(largest));
  const bool is_zero = magnitude < 1e-30F;
  // 1.5 · 2²³ leaves no bits to fractions, and the nearest integer in the lowest ones.
  const Floats inverse = set(is_zero ? 0.0F : 127.0F / magnitude);
  for (std::int64_t i = 0; i < kGroupVectors; ++i) {
    const Ints rounded = same_bits<Ints>(values[i] * inverse + 12582912.0F);
    store_low_bytes(rounded, to + i * kLanes);
  }
  return is_zero ? 0.0F : magnitude * (1.0F / 127.0F);
}

/// Stores a group as another element type; `scale` is written to where that is int8.
SOTTO_INLINE void store_group(const Group& values, Element element, std::byte* to, float* scale) {
  if (element == Element::int8) {
    *scale = store_bytes(values, to);
  } else if (element == Element::bf16) {
    for (std::int64_t i = 0; i < kGroupVectors; ++i) store_halves(values[i], to + 2 * i * kLanes);
  } else {
    for (std::int64_t i = 0; i < kGroupVectors; ++i) store(values[i], to + 4 * i * kLanes);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

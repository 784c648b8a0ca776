#pragma once

// Stores of a group of 64 values as another element type.

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// The nearest bfloat16s; of halves the even one.
SOTTO_INLINE void store_halves(Floats floats, std::byte* to) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  store(_mm512_cvtneps_pbh(floats), to);
#else
  typedef std::uint16_t Halves __attribute__((vector_size(2 * SOTTO_LANES)));
  store(__builtin_convertvector(to_bf16(floats), Halves), to);
#endif
}

constexpr int kGroupVectors = kGroup / kLanes;
/// kGroup values.
typedef Floats Group[kGroupVectors];

/// Writes a group as bytes and returns its scale: the largest magnitude / 127, or 0, with all bytes
/// 0, where all values are less than 1e-30. Where one is no finite number, neither is the scale.
SOTTO_INLINE float store_bytes(const Group& values, std::byte* to) {
  // As integers magnitudes have the same order, and NaN is above all.
  Ints largest{};
  for (int i = 0; i < kGroupVectors; ++i) {
    const Ints bits = same_bits<Ints>(values[i]) & 0x7FFFFFFF;
    largest = bits > largest ? bits : largest;
  }
  const auto magnitude = same_bits<float>(max_of(largest));
  const bool is_zero = magnitude < 1e-30F;
  // 1.5 · 2²³ leaves no bits to fractions, and the nearest integer in the lowest ones.
  const Floats inverse = set(is_zero ? 0.0F : 127.0F / magnitude);
  typedef std::int8_t Bytes __attribute__((vector_size(SOTTO_LANES)));
  for (int i = 0; i < kGroupVectors; ++i) {
    const Ints rounded = same_bits<Ints>(values[i] * inverse + 12582912.0F);
    store(__builtin_convertvector(rounded, Bytes), to + i * kLanes);
  }
  return is_zero ? 0.0F : magnitude * (1.0F / 127.0F);
}

/// Stores a group as another element type; `scale` is written to where that is int8.
SOTTO_INLINE void store_group(const Group& values, Element element, std::byte* to, float* scale) {
  if (element == Element::int8) {
    *scale = store_bytes(values, to);
  } else if (element == Element::bf16) {
    for (int i = 0; i < kGroupVectors; ++i) store_halves(values[i], to + 2 * i * kLanes);
  } else {
    for (int i = 0; i < kGroupVectors; ++i) store(values[i], to + 4 * i * kLanes);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

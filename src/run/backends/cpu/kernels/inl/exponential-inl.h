#pragma once

// Powers of two for softmax: of no more than zero, and not hiding what is no number.

#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

constexpr float kLog2E = 1.44269504F;
constexpr float kInfinity = __builtin_inff();

// Polynomials for 2^x on [−½, ½] whose largest relative error is the least possible (Remez).

/// To 2e-9, so to what float32 holds.
struct ExactPower {
  static SOTTO_INLINE Floats at(Floats x) {
    Floats p = set(1.534581200e-4F);
    p = p * x + 1.339993122e-3F;
    p = p * x + 9.618488957e-3F;
    p = p * x + 5.550328777e-2F;
    p = p * x + 2.402264689e-1F;
    p = p * x + 6.931472057e-1F;
    return p * x + 1.0F;
  }
};
/// To 8e-5, a fiftieth of what bfloat16 rounds.
struct CoarsePower {
  static SOTTO_INLINE Floats at(Floats x) {
    Floats p = set(5.517166907e-2F);
    p = p * x + 2.426111222e-1F;
    p = p * x + 6.932609855e-1F;
    return p * x + 9.999280735e-1F;
  }
};

/// 2 to the x for x ≤ 0: zero below −126, whatever the arithmetic made of it there; NaN of NaN.
template <class Polynomial>
SOTTO_INLINE Floats power_of_two(Floats x) {
#if defined(__AVX512DQ__) && SOTTO_LANES == 16
  // The form with a mask, for GCC 12 finds an uninitialized value in the one without.
  const Floats whole = _mm512_maskz_roundscale_ps(0xFFFF, x, _MM_FROUND_TO_NEAREST_INT);
  const __mmask16 is_some = _mm512_cmp_ps_mask(x, set(-126.0F), _CMP_NLT_UQ);
  return _mm512_maskz_scalef_ps(is_some, Polynomial::at(x - whole), whole);
#else
  // 1.5 · 2^23 leaves the whole number in the lowest bits of the sum.
  const Floats shifted = x + 12582912.0F;
  const Floats fraction = x - (shifted - 12582912.0F);
  const Floats power = same_bits<Floats>((same_bits<Bits>(shifted) << 23) + 0x3F800000U);
  return x < -126.0F ? Floats{} : Polynomial::at(fraction) * power;
#endif
}

/// The largest lane, as max_of() but by four at a time; of a NaN among them anything.
SOTTO_INLINE float largest_of(Floats vector) {
  typedef float Four __attribute__((vector_size(16)));
  Four parts[kLanes / 4];
  __builtin_memcpy(&parts, &vector, sizeof parts);
  for (int i = 1; i < kLanes / 4; ++i) parts[0] = parts[0] > parts[i] ? parts[0] : parts[i];
  const float low = parts[0][0] > parts[0][1] ? parts[0][0] : parts[0][1];
  const float high = parts[0][2] > parts[0][3] ? parts[0][2] : parts[0][3];
  return low > high ? low : high;
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

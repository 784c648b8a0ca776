#pragma once

// GELU as it is defined, x/2 · (1 + erf(x/√2)) (Hendrycks and Gimpel, 2016), by one polynomial.

#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// To 3e-7 of the larger of |x| and 1. erf(x/√2) / x is a polynomial of degree 13 in t, which goes
/// from −1 to 1 with x² up to 5.3², where erf is 1: the one whose largest error, weighted as it
/// gets into the result, is the least (8e-8; found by Lawson's iteration). Powers of such a t lose
/// nothing to cancellation.
SOTTO_INLINE Floats gelu(Floats x) {
  constexpr float kEnd = 5.3F;
  constexpr float kCoefficients[] = {
      -0.00124840665F, 0.00328559634F, -0.00301042609F, 0.00397907543F, -0.0107874631F,
      0.0190802147F,   -0.0268543315F, 0.037399061F,    -0.0504732388F, 0.064227258F,
      -0.0791911898F,  0.0985244897F,  -0.133036607F,   0.26678516F};
  const Floats near = max(min(x, set(kEnd)), set(-kEnd));
  const Floats t = near * near * set(2.0F / (kEnd * kEnd)) - 1.0F;
  Floats p = set(kCoefficients[0]);
  for (std::int64_t i = 1; i < 14; ++i) p = p * t + kCoefficients[i];
  const Floats half = x * 0.5F;
  return half * (near * p) + half;
}

/// Kernels::gelu.
void gelu_values(const float* input, std::int64_t count, float* output) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(gelu(load(input + i)), output + i);
  if (i == count) return;
  const std::size_t rest = static_cast<std::size_t>(count - i) * sizeof(float);
  float last[kLanes] = {};
  __builtin_memcpy(last, input + i, rest);
  store(gelu(load(last)), last);
  __builtin_memcpy(output + i, last, rest);
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

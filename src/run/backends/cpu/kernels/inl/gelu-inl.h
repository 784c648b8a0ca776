#pragma once

// GELU as it is defined, x/2 · (1 + erf(x/√2)) (Hendrycks and Gimpel, 2016), by one polynomial.

#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// To 2e-7 of the larger of |x| and 1. erf(x/√2) / x is a polynomial of degree 14 in t, which goes
/// from −1 to 1 with x² up to 5.4², where erf is 1: the one whose largest error, weighted as it gets
/// into the result, is the least (2.5e-8; found by Lawson's iteration). Powers of such a t lose
/// nothing to cancellation.
SOTTO_INLINE Floats gelu(Floats x) {
  constexpr float kEnd = 5.4F;
  constexpr float kCoefficients[] = {0.000752810162F, -0.00202642465F, 0.00184284549F, -0.00245674393F, 0.0072170759F, -0.0133423579F, 0.0193549111F, -0.0279706471F, 0.0392768043F, -0.0514824264F, 0.0642347445F, -0.0784146766F, 0.0969991218F, -0.13065608F, 0.261856226F};
  const Floats near = max(min(x, set(kEnd)), set(-kEnd));
  const Floats t = near * near * set(2.0F / (kEnd * kEnd)) - 1.0F;
  Floats p = set(kCoefficients[0]);
  for (int i = 1; i < 15; ++i) p = p * t + kCoefficients[i];
  const Floats erf = max(min(near * p, set(1.0F)), set(-1.0F));
  const Floats half = x * 0.5F;
  return half * erf + half;
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

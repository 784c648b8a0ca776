#pragma once

// Vectors of SOTTO_LANES floats for the instruction set SOTTO_ISA. What is in the *-inl.h files is
// compiled once for each instruction set, in files with compiler flags of their own; so nothing in
// them may call an inline function or template that others have too (std::max, say), for the linker
// keeps one copy of those, which may be this one: it would end the program on lesser processors.

#include <cstddef>
#include <cstdint>
#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define SOTTO_INLINE inline __attribute__((always_inline))

namespace sotto::cpu::SOTTO_ISA {
namespace {

constexpr int kLanes = SOTTO_LANES;
// The compilers' own vectors: operators work element by element.
typedef float Floats __attribute__((vector_size(4 * SOTTO_LANES)));
typedef std::int32_t Ints __attribute__((vector_size(4 * SOTTO_LANES)));
typedef std::uint32_t Bits __attribute__((vector_size(4 * SOTTO_LANES)));

template <class Vector, class Element>
SOTTO_INLINE Vector load_as(const Element* from) {
  Vector vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}
SOTTO_INLINE Floats load(const float* from) { return load_as<Floats>(from); }
template <class Vector, class Element>
SOTTO_INLINE void store(const Vector& vector, Element* to) {
  __builtin_memcpy(to, &vector, sizeof vector);
}
SOTTO_INLINE Floats set(float value) { return value - Floats{}; }
SOTTO_INLINE Ints set_int(std::int32_t value) { return value - Ints{}; }
/// Four bytes, or two halves, in every lane.
template <class Element>
SOTTO_INLINE Ints broadcast(const Element* from) {
  std::int32_t value;
  __builtin_memcpy(&value, from, sizeof value);
  return set_int(value);
}

template <class To, class From>
SOTTO_INLINE To same_bits(const From& from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &from, sizeof to);
  return to;
}

SOTTO_INLINE Floats max(Floats a, Floats b) { return a > b ? a : b; }
SOTTO_INLINE Floats min(Floats a, Floats b) { return a < b ? a : b; }
SOTTO_INLINE Floats to_floats(Ints ints) { return __builtin_convertvector(ints, Floats); }
/// Towards zero; of what no int32 can hold, anything.
SOTTO_INLINE Ints truncated(Floats floats) { return __builtin_convertvector(floats, Ints); }

SOTTO_INLINE float sum_of(Floats vector) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += vector[i];
  return sum;
}
SOTTO_INLINE float max_of(Floats vector) {
  float largest = vector[0];
  for (int i = 1; i < kLanes; ++i) largest = vector[i] > largest ? vector[i] : largest;
  return largest;
}

/// acc + a₀·b₀ + a₁·b₁ for pairs of bfloat16 in each lane.
SOTTO_INLINE Floats dot2(Floats acc, Ints a, Ints b) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  return _mm512_dpbf16_ps(acc, same_bits<__m512bh>(a), same_bits<__m512bh>(b));
#else
  const auto low = [](Ints pairs) { return same_bits<Floats>(same_bits<Bits>(pairs) << 16); };
  const auto high = [](Ints pairs) {
    return same_bits<Floats>(same_bits<Bits>(pairs) & 0xFFFF0000U);
  };
  return high(a) * high(b) + (low(a) * low(b) + acc);
#endif
}

/// The nearest bfloat16s of a vector, in the low halves of its lanes; of halves the even one.
SOTTO_INLINE Bits to_bf16(Floats floats) {
  const Bits bits = same_bits<Bits>(floats);
  const Bits rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  return floats == floats ? rounded : (bits >> 16) | 0x40U;
}
SOTTO_INLINE Floats from_bf16(Bits halves) { return same_bits<Floats>(halves << 16); }

/// What dot4() has too much: it multiplies by (byte of weights − 128) where this is 0, else by the
/// byte as it lies, and −128 · (the sum of the activations) is to be added.
#if defined(__ARM_FEATURE_DOTPROD)
constexpr std::int32_t kByteOffset = 0;
#else
constexpr std::int32_t kByteOffset = 128;
#endif
/// acc + Σ w·a over the four bytes of each lane, w unsigned (see kByteOffset), a signed from −127
/// to 127.
SOTTO_INLINE Ints dot4(Ints acc, Ints weights, Ints activations) {
#if defined(__AVX512VNNI__) && SOTTO_LANES == 16
  return same_bits<Ints>(_mm512_dpbusd_epi32(same_bits<__m512i>(acc), same_bits<__m512i>(weights),
                                             same_bits<__m512i>(activations)));
#elif defined(__AVXVNNI__) && SOTTO_LANES == 8
  return same_bits<Ints>(_mm256_dpbusd_avx_epi32(
      same_bits<__m256i>(acc), same_bits<__m256i>(weights), same_bits<__m256i>(activations)));
#elif defined(__ARM_FEATURE_DOTPROD)
  const uint8x16_t flipped = veorq_u8(same_bits<uint8x16_t>(weights), vdupq_n_u8(0x80));
  return same_bits<Ints>(vdotq_s32(same_bits<int32x4_t>(acc), vreinterpretq_s8_u8(flipped),
                                   same_bits<int8x16_t>(activations)));
#else
  const Bits w = same_bits<Bits>(weights);
  const auto byte = [&](int i) { return same_bits<Ints>((w >> (8 * i)) & 0xFFU); };
  const auto signed_byte = [&](int i) { return (activations << (24 - 8 * i)) >> 24; };
  return acc + byte(0) * signed_byte(0) + byte(1) * signed_byte(1) + byte(2) * signed_byte(2) +
         byte(3) * signed_byte(3);
#endif
}

SOTTO_INLINE void prefetch(const void* address) { __builtin_prefetch(address); }

/// 2 to the x by a polynomial, to 2e-7 of it (minimax on [−½, ½], degree 6); 0 below 2^−126.
SOTTO_INLINE Floats exp2(Floats x) {
  x = max(min(x, set(127.0F)), set(-127.0F));
  const Ints whole = truncated(x + (x < 0.0F ? set(-0.5F) : set(0.5F)));
  const Floats f = x - to_floats(whole);
  Floats p = set(1.535336188319500e-4F);
  p = p * f + 1.339887440266574e-3F;
  p = p * f + 9.618437357674640e-3F;
  p = p * f + 5.550332471162809e-2F;
  p = p * f + 2.402264791363012e-1F;
  p = p * f + 6.931472028550421e-1F;
  p = p * f + 1.0F;
  const Floats power = same_bits<Floats>((whole + 127) << 23);
  return x <= -126.5F ? Floats{} : p * power;
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

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

// Whether halves become float32 in one instruction.
#if defined(__F16C__) || defined(__AVX512F__) || defined(__aarch64__)
#define SOTTO_READS_F16
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

/// Lane i has what lane i ^ kDistance had.
template <int kDistance, class Vector>
SOTTO_INLINE Vector exchanged(Vector v) {
  constexpr int d = kDistance;
#if SOTTO_LANES == 16
  return __builtin_shufflevector(v, v, 0 ^ d, 1 ^ d, 2 ^ d, 3 ^ d, 4 ^ d, 5 ^ d, 6 ^ d, 7 ^ d,
                                 8 ^ d, 9 ^ d, 10 ^ d, 11 ^ d, 12 ^ d, 13 ^ d, 14 ^ d, 15 ^ d);
#elif SOTTO_LANES == 8
  return __builtin_shufflevector(v, v, 0 ^ d, 1 ^ d, 2 ^ d, 3 ^ d, 4 ^ d, 5 ^ d, 6 ^ d, 7 ^ d);
#else
  return __builtin_shufflevector(v, v, 0 ^ d, 1 ^ d, 2 ^ d, 3 ^ d);
#endif
}
template <class Vector, class Join>
SOTTO_INLINE auto joined(Vector vector, const Join& join) {
  if constexpr (kLanes == 16) vector = join(vector, exchanged<8>(vector));
  if constexpr (kLanes >= 8) vector = join(vector, exchanged<4>(vector));
  vector = join(vector, exchanged<2>(vector));
  return join(vector, exchanged<1>(vector))[0];
}
template <class Vector>
SOTTO_INLINE auto sum_of(Vector vector) {
  return joined(vector, [](Vector a, Vector b) { return a + b; });
}
template <class Vector>
SOTTO_INLINE auto max_of(Vector vector) {
  return joined(vector, [](Vector a, Vector b) { return a > b ? a : b; });
}

// Where no instruction multiplies pairs of bfloat16, or fours of bytes, as a whole, a product of
// them comes in parts: of the first elements of each lane, then of those behind. An inner loop
// takes the part of an operand that it uses more than once only once.
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
constexpr int kPairParts = 1;
typedef Ints PairPart;
#else
constexpr int kPairParts = 2;
typedef Floats PairPart;
#endif
template <int kPart>
SOTTO_INLINE PairPart part_of_pairs(Ints pairs) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  return pairs;
#else
  const Bits bits = same_bits<Bits>(pairs);
  return same_bits<Floats>(kPart == 0 ? bits << 16 : bits & 0xFFFF0000U);
#endif
}
SOTTO_INLINE Floats dot2_part(Floats acc, PairPart a, PairPart b) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  return _mm512_dpbf16_ps(acc, same_bits<__m512bh>(a), same_bits<__m512bh>(b));
#else
  return a * b + acc;
#endif
}
/// acc + a₀·b₀ + a₁·b₁ for pairs of bfloat16 in each lane.
SOTTO_INLINE Floats dot2(Floats acc, Ints a, Ints b) {
  acc = dot2_part(acc, part_of_pairs<0>(a), part_of_pairs<0>(b));
  if constexpr (kPairParts == 2) {
    acc = dot2_part(acc, part_of_pairs<1>(a), part_of_pairs<1>(b));
  }
  return acc;
}

/// The nearest bfloat16s of a vector, in the low halves of its lanes; of halves the even one.
SOTTO_INLINE Bits to_bf16(Floats floats) {
  const Bits bits = same_bits<Bits>(floats);
  const Bits rounded = (bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16;
  const Ints magnitude = same_bits<Ints>(floats) & 0x7FFFFFFF;
  return magnitude <= 0x7F800000 ? rounded : (bits >> 16) | 0x40U;
}
SOTTO_INLINE Floats from_bf16(Bits halves) { return same_bits<Floats>(halves << 16); }

// How fours are multiplied: by an instruction for it; as signed bytes; in two parts, the even and
// the odd bytes, as integers of 16 bits.
#if (defined(__AVX512VNNI__) && SOTTO_LANES == 16) || (defined(__AVXVNNI__) && SOTTO_LANES == 8)
#define SOTTO_FOURS_VNNI
#elif defined(__aarch64__) || (defined(__AVX2__) && SOTTO_LANES == 8)
#define SOTTO_FOURS_SIGNED
#endif
/// What dot4() has too much: it multiplies by (byte of weights − 128) where this is 0, else by the
/// byte as it lies, and −128 · (the sum of the activations) is to be added.
#if defined(SOTTO_FOURS_SIGNED)
constexpr std::int32_t kByteOffset = 0;
#else
constexpr std::int32_t kByteOffset = 128;
#endif
#if defined(SOTTO_FOURS_SIGNED) || defined(SOTTO_FOURS_VNNI)
constexpr int kFourParts = 1;
#else
constexpr int kFourParts = 2;
#endif
template <int kPart>
SOTTO_INLINE Ints part_of_weights(Ints fours) {
#if defined(SOTTO_FOURS_SIGNED)
  return same_bits<Ints>(same_bits<Bits>(fours) ^ 0x80808080U);
#elif defined(SOTTO_FOURS_VNNI)
  return fours;
#else
  const Bits bits = same_bits<Bits>(fours);
  return same_bits<Ints>((kPart == 0 ? bits : bits >> 8) & 0x00FF00FFU);
#endif
}
template <int kPart>
SOTTO_INLINE Ints part_of_activations(Ints fours) {
#if defined(SOTTO_FOURS_SIGNED) || defined(SOTTO_FOURS_VNNI)
  return fours;
#else
  typedef std::int16_t Shorts __attribute__((vector_size(4 * SOTTO_LANES)));
  const Shorts shorts = same_bits<Shorts>(fours);
  return same_bits<Ints>((kPart == 0 ? shorts << 8 : shorts) >> 8);
#endif
}
SOTTO_INLINE Ints dot4_part(Ints acc, Ints weights, Ints activations) {
#if defined(SOTTO_FOURS_VNNI) && SOTTO_LANES == 16
  return same_bits<Ints>(_mm512_dpbusd_epi32(same_bits<__m512i>(acc), same_bits<__m512i>(weights),
                                             same_bits<__m512i>(activations)));
#elif defined(SOTTO_FOURS_VNNI)
  return same_bits<Ints>(_mm256_dpbusd_avx_epi32(
      same_bits<__m256i>(acc), same_bits<__m256i>(weights), same_bits<__m256i>(activations)));
#elif defined(__AVX2__) && SOTTO_LANES == 8
  // |a| · (w with a's sign): two products of at most 127 · 127 fit 16 bits.
  const __m256i a = same_bits<__m256i>(activations);
  const __m256i w = _mm256_sign_epi8(same_bits<__m256i>(weights), a);
  const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), w);
  return acc + same_bits<Ints>(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
#elif defined(__SSE2__) && SOTTO_LANES == 4
  return acc + same_bits<Ints>(
                   _mm_madd_epi16(same_bits<__m128i>(weights), same_bits<__m128i>(activations)));
#elif defined(__ARM_FEATURE_DOTPROD)
  return same_bits<Ints>(vdotq_s32(same_bits<int32x4_t>(acc), same_bits<int8x16_t>(weights),
                                   same_bits<int8x16_t>(activations)));
#elif defined(__aarch64__)
  // Two products of at most 128 · 127 fit 16 bits.
  const auto w = same_bits<int8x16_t>(weights), a = same_bits<int8x16_t>(activations);
  const int16x8_t pairs = vpaddq_s16(vmull_s8(vget_low_s8(w), vget_low_s8(a)), vmull_high_s8(w, a));
  return same_bits<Ints>(vpadalq_s16(same_bits<int32x4_t>(acc), pairs));
#else
  const auto half = [](Ints shorts, int i) { return (shorts << (16 - 16 * i)) >> 16; };
  return acc + half(weights, 0) * half(activations, 0) + half(weights, 1) * half(activations, 1);
#endif
}
/// acc + Σ w·a over the four bytes of each lane, w unsigned from 1 on (see kByteOffset), a signed
/// from −127 on.
SOTTO_INLINE Ints dot4(Ints acc, Ints weights, Ints activations) {
  acc = dot4_part(acc, part_of_weights<0>(weights), part_of_activations<0>(activations));
  if constexpr (kFourParts == 2) {
    acc = dot4_part(acc, part_of_weights<1>(weights), part_of_activations<1>(activations));
  }
  return acc;
}

SOTTO_INLINE void prefetch(const void* address) { __builtin_prefetch(address); }

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

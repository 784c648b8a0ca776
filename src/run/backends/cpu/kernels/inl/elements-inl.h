#pragma once

// Rows of any element type as floats, and back: a group of kGroup values at a time.

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

typedef std::uint16_t Halves __attribute__((vector_size(2 * SOTTO_LANES)));
typedef std::int8_t Bytes __attribute__((vector_size(SOTTO_LANES)));

/// The lanes by fours, joined by `join`, which takes vectors and numbers alike.
template <class Join>
SOTTO_INLINE float joined(Floats vector, const Join& join) {
  typedef float Four __attribute__((vector_size(16)));
  Four parts[kLanes / 4];
  __builtin_memcpy(&parts, &vector, sizeof parts);
  for (int width = kLanes / 8; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) parts[i] = join(parts[i], parts[i + width]);
  return join(join(parts[0][0], parts[0][1]), join(parts[0][2], parts[0][3]));
}
/// As max_of(), in fewer steps; of a NaN among the lanes anything.
SOTTO_INLINE float largest_of(Floats vector) {
  return joined(vector, [](auto a, auto b) { return a > b ? a : b; });
}
/// As sum_of(), in fewer steps, in an order of its own.
SOTTO_INLINE float total_of(Floats vector) {
  return joined(vector, [](auto a, auto b) { return a + b; });
}

/// The first `count` lanes from memory, the others `rest`.
SOTTO_INLINE Floats load_part(const float* from, std::int64_t count, float rest) {
  float lanes[kLanes];
  for (std::int64_t i = 0; i < kLanes; ++i) lanes[i] = i < count ? from[i] : rest;
  return load(lanes);
}
template <class Vector, class Element>
SOTTO_INLINE void store_part(const Vector& vector, std::int64_t count, Element* to) {
  Element lanes[kLanes];
  static_assert(sizeof lanes == sizeof vector);
  __builtin_memcpy(lanes, &vector, sizeof lanes);
  for (std::int64_t i = 0; i < count; ++i) to[i] = lanes[i];
}

SOTTO_INLINE Floats load_bf16(const std::byte* from) {
  return from_bf16(__builtin_convertvector(load_as<Halves>(from), Bits));
}
SOTTO_INLINE float bf16_at(const std::byte* from) {
  std::uint16_t half;
  __builtin_memcpy(&half, from, sizeof half);
  return from_bf16(Bits{} + half)[0];
}
SOTTO_INLINE Halves to_halves(Floats floats) {
  return __builtin_convertvector(to_bf16(floats), Halves);
}

/// 2 · kLanes floats as bfloat16, in order.
SOTTO_INLINE Ints to_pairs(Floats first, Floats second) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  return same_bits<Ints>(_mm512_cvtne2ps_pbh(second, first));
#else
  const Halves halves[2] = {to_halves(first), to_halves(second)};
  return load_as<Ints>(halves);
#endif
}

SOTTO_INLINE Bytes lowest_bytes(Ints ints) {
#if defined(__AVX512F__) && SOTTO_LANES == 16
  return same_bits<Bytes>(_mm512_maskz_cvtepi32_epi8(0xFFFF, same_bits<__m512i>(ints)));
#else
  typedef std::int8_t All __attribute__((vector_size(4 * SOTTO_LANES)));
  const All all = same_bits<All>(ints);
#if SOTTO_LANES == 16
  return __builtin_shufflevector(all, all, 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56,
                                 60);
#elif SOTTO_LANES == 8
  return __builtin_shufflevector(all, all, 0, 4, 8, 12, 16, 20, 24, 28);
#else
  return __builtin_shufflevector(all, all, 0, 4, 8, 12);
#endif
#endif
}

/// `count` ≤ kGroup values of group `group` of a row: those in memory where they are floats, or
/// else `buffer` (kGroup floats) with these in it.
inline const float* read_group(const Rows& rows, Element element, std::int64_t row,
                               std::int64_t group, float* buffer, std::int64_t count) {
  const std::int64_t first = row * rows.stride + group * kGroup;
  if (element == Element::f32) return reinterpret_cast<const float*>(rows.data) + first;
  if (element == Element::bf16) {
    const std::byte* from = rows.data + 2 * first;
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) store(load_bf16(from + 2 * i), buffer + i);
    for (; i < count; ++i) buffer[i] = bf16_at(from + 2 * i);
    return buffer;
  }
  const auto* from = reinterpret_cast<const std::int8_t*>(rows.data) + first;
  const float scale = rows.scales[row * rows.scale_stride + group];
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    const Ints ints = __builtin_convertvector(load_as<Bytes>(from + i), Ints);
    store(to_floats(ints) * scale, buffer + i);
  }
  for (; i < count; ++i) buffer[i] = static_cast<float>(from[i]) * scale;
  return buffer;
}

/// kGroup bytes with scale (largest magnitude) / 127; a scale of NaN where one of the values is NaN
/// or infinite, and of 0 where all are below 1e-35, whose inverses no float holds.
inline void to_bytes(const float* values, std::int8_t* bytes, float* scale) {
  Floats largest{}, strange{};
  for (std::int64_t i = 0; i < kGroup; i += kLanes) {
    const Floats value = load(values + i);
    largest = max(largest, max(value, -value));
    strange = strange + (value - value);
  }
  const float most = largest_of(largest);
  const Floats factor = set(most >= 1e-35F ? 127.0F / most : 0.0F);
  *scale = (most >= 1e-35F ? most / 127.0F : 0.0F) + total_of(strange);
  for (std::int64_t i = 0; i < kGroup; i += kLanes) {
    // Adding 1.5 · 2^23 rounds to the nearest whole number, and leaves it in the lowest bits.
    const Floats bounded = min(max(load(values + i) * factor, set(-127.0F)), set(127.0F));
    store(lowest_bytes(same_bits<Ints>(bounded + 12582912.0F)), bytes + i);
  }
}

inline void write_bytes(const float* values, std::int64_t count, std::int8_t* to, float* scale) {
  if (count == kGroup) return to_bytes(values, to, scale);
  float group[kGroup] = {};
  __builtin_memcpy(group, values, static_cast<std::size_t>(4 * count));
  std::int8_t bytes[kGroup];
  to_bytes(group, bytes, scale);
  __builtin_memcpy(to, bytes, static_cast<std::size_t>(count));
}

/// The other way round.
inline void write_group(const float* values, std::int64_t count, const Rows& rows, Element element,
                        std::int64_t row, std::int64_t group) {
  const std::int64_t first = row * rows.stride + group * kGroup;
  if (element == Element::int8) {
    write_bytes(values, count, reinterpret_cast<std::int8_t*>(rows.data) + first,
                rows.scales + row * rows.scale_stride + group);
  } else if (element == Element::bf16) {
    std::byte* to = rows.data + 2 * first;
    std::int64_t i = 0;
    for (; i + kLanes <= count; i += kLanes) store(to_halves(load(values + i)), to + 2 * i);
    if (i < count) {
      const Halves halves = to_halves(load_part(values + i, count - i, 0.0F));
      __builtin_memcpy(to + 2 * i, &halves, static_cast<std::size_t>(2 * (count - i)));
    }
  } else {
    __builtin_memcpy(reinterpret_cast<float*>(rows.data) + first, values,
                     static_cast<std::size_t>(4 * count));
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

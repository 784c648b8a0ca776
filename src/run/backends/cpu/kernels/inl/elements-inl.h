#pragma once

// Rows of any element type as floats, and back: a group of kGroup values at a time.

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/inl/vectors-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

typedef std::uint16_t Halves __attribute__((vector_size(2 * SOTTO_LANES)));
typedef std::int8_t Bytes __attribute__((vector_size(SOTTO_LANES)));

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

/// Bytes with scale (largest magnitude) / 127; a scale of NaN where one of the values is NaN or
/// infinite, and of 0 where all are below 1e-35, whose inverses no float holds.
inline void write_bytes(const float* values, std::int64_t count, std::int8_t* to, float* scale) {
  Floats largest{}, strange{};
  const auto at = [&](std::int64_t i) {
    return i + kLanes <= count ? load(values + i) : load_part(values + i, count - i, 0.0F);
  };
  for (std::int64_t i = 0; i < count; i += kLanes) {
    const Floats value = at(i);
    largest = max(largest, max(value, -value));
    strange = strange + (value - value);
  }
  const float most = max_of(largest);
  const Floats factor = set(most >= 1e-35F ? 127.0F / most : 0.0F);
  *scale = (most >= 1e-35F ? most / 127.0F : 0.0F) + sum_of(strange);
  for (std::int64_t i = 0; i < count; i += kLanes) {
    // Adding 1.5 · 2^23 rounds to the nearest whole number, and leaves it in the lowest bits.
    const Floats bounded = min(max(at(i) * factor, set(-127.0F)), set(127.0F));
    const Ints whole = same_bits<Ints>(bounded + 12582912.0F) - 0x4B400000;
    const Bytes bytes = __builtin_convertvector(whole, Bytes);
    if (i + kLanes <= count)
      store(bytes, to + i);
    else
      store_part(bytes, count - i, to + i);
  }
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

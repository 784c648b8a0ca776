#pragma once

// Rows of any element type as floats, and back: a group of kGroup values at a time.

#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/inl/groups-inl.h"
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
/// 2 · kLanes floats as bfloat16, in order.
SOTTO_INLINE Ints to_pairs(Floats first, Floats second) {
#if defined(__AVX512BF16__) && SOTTO_LANES == 16
  return same_bits<Ints>(_mm512_cvtne2ps_pbh(second, first));
#else
  std::byte halves[4 * kLanes];
  store_low_halves(to_bf16(first), halves);
  store_low_halves(to_bf16(second), halves + 2 * kLanes);
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

/// The other way round: as store_group() has it, of a row's last group only what there is.
inline void write_group(const float* values, std::int64_t count, const Rows& rows, Element element,
                        std::int64_t row, std::int64_t group) {
  const std::int64_t size = element == Element::f32 ? 4 : element == Element::bf16 ? 2 : 1;
  std::byte* to = rows.data + size * (row * rows.stride + group * kGroup);
  float* scale = rows.scales == nullptr ? nullptr : rows.scales + row * rows.scale_stride + group;
  Group whole = {};
  __builtin_memcpy(&whole, values, static_cast<std::size_t>(4 * count));
  if (count == kGroup) return store_group(whole, element, to, scale);
  std::byte stored[4 * kGroup];
  store_group(whole, element, stored, scale);
  __builtin_memcpy(to, stored, static_cast<std::size_t>(size * count));
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

#pragma once

// Keys and values of a head, and queries, as attention reads them.
//   keys    [panels of kPanel keys][steps along the width][kPanel] of 4 bytes
//   values  [panels of kPanel columns][steps along the keys][kPanel] of 4 bytes
// A step is one float32 or a pair of bfloat16; zeros where a pair or a vector is not full, and
// nothing in vectors that no key or column is in.

#include "run/backends/cpu/kernels/attention.h"
#include "run/backends/cpu/kernels/inl/attention_forms-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// kLanes elements of row `key` as floats, from element `first`; zeros behind the row's end.
inline Floats head_values(const HeadRows& rows, std::int64_t key, std::int64_t first) {
  const bool is_float = rows.element == Element::f32;
  const std::int64_t size = is_float ? 4 : 2;
  const std::byte* from = rows.data + size * (key * rows.stride + first * rows.width_stride);
  if (rows.width_stride == 1 && first + kLanes <= rows.width)
    return is_float ? load_as<Floats>(from) : load_bf16(from);
  float lanes[kLanes];
  for (std::int64_t i = 0; i < kLanes; ++i) {
    const std::byte* element = from + size * i * rows.width_stride;
    lanes[i] = 0.0F;
    if (first + i >= rows.width) continue;
    if (is_float)
      __builtin_memcpy(&lanes[i], element, sizeof(float));
    else
      lanes[i] = bf16_at(element);
  }
  return load(lanes);
}

/// Rows of one head lie too far apart for the processor to foresee them.
constexpr std::int64_t kFetchAhead = 16;
SOTTO_INLINE void prefetch_row(const HeadRows& rows, std::int64_t key) {
  if (key >= rows.keys || rows.width_stride != 1) return;
  const std::int64_t size = rows.element == Element::f32 ? 4 : 2;
  const std::byte* row = rows.data + size * key * rows.stride;
  for (std::int64_t at = 0; at < size * rows.width; at += 64) prefetch(row + at);
}

/// kLanes steps of row `key`, from element `first`.
template <class Form>
SOTTO_INLINE Ints head_steps(const HeadRows& rows, std::int64_t key, std::int64_t first) {
  Floats values[Form::kPack];
  for (int i = 0; i < Form::kPack; ++i) values[i] = head_values(rows, key, first + i * kLanes);
  return Form::without_infinities(Form::pack(values));
}

/// Lanes of the two by turns: of their lower halves, or of their upper ones.
SOTTO_INLINE Ints interleaved_low(Ints a, Ints b) {
#if SOTTO_LANES == 16
  return __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
#elif SOTTO_LANES == 8
  return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
#else
  return __builtin_shufflevector(a, b, 0, 4, 1, 5);
#endif
}
SOTTO_INLINE Ints interleaved_high(Ints a, Ints b) {
#if SOTTO_LANES == 16
  return __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15,
                                 31);
#elif SOTTO_LANES == 8
  return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#else
  return __builtin_shufflevector(a, b, 2, 6, 3, 7);
#endif
}

/// Rows become columns. Interleaving row i with row i + kLanes / 2 moves the highest bit of a row's
/// number into the lowest of a lane's; after as many turns as there are bits all have moved.
SOTTO_INLINE void transpose(Ints (&block)[kLanes]) {
  for (int half = 1; half < kLanes; half *= 2) {
    Ints next[kLanes];
    SOTTO_UNROLL
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = interleaved_low(block[i], block[i + kLanes / 2]);
      next[2 * i + 1] = interleaved_high(block[i], block[i + kLanes / 2]);
    }
    __builtin_memcpy(&block, &next, sizeof block);
  }
}

template <class Form>
void pack_keys_as(const HeadRows& rows, std::byte* out) {
  const std::int64_t steps = (rows.width + Form::kPack - 1) / Form::kPack;
  for (std::int64_t key = 0; key < rows.keys; key += kLanes) {
    for (std::int64_t i = 0; i < kLanes; ++i) prefetch_row(rows, key + kFetchAhead + i);
    std::byte* column = out + 4 * (key / kPanel * kPanel * steps + key % kPanel);
    for (std::int64_t step = 0; step < steps; step += kLanes) {
      Ints block[kLanes];
      for (std::int64_t i = 0; i < kLanes; ++i) {
        block[i] =
            key + i < rows.keys ? head_steps<Form>(rows, key + i, step * Form::kPack) : Ints{};
      }
      transpose(block);
      for (std::int64_t i = 0; i < kLanes && step + i < steps; ++i)
        store(block[i], column + 4 * kPanel * (step + i));
    }
  }
}

SOTTO_INLINE Ints value_step(const HeadRows& rows, std::int64_t step, std::int64_t column,
                             FloatForm /*form*/) {
  return same_bits<Ints>(head_values(rows, step, column));
}
SOTTO_INLINE Ints value_step(const HeadRows& rows, std::int64_t step, std::int64_t column,
                             HalfForm /*form*/) {
  const Bits low = to_bf16(head_values(rows, 2 * step, column));
  if (2 * step + 1 == rows.keys) return same_bits<Ints>(low);
  return same_bits<Ints>(low | (to_bf16(head_values(rows, 2 * step + 1, column)) << 16));
}

template <class Form>
void pack_values_as(const HeadRows& rows, std::byte* out) {
  const std::int64_t steps = (rows.keys + Form::kPack - 1) / Form::kPack;
  for (std::int64_t step = 0; step < steps; ++step) {
    for (std::int64_t i = 0; i < Form::kPack; ++i)
      prefetch_row(rows, step * Form::kPack + kFetchAhead + i);
    for (std::int64_t column = 0; column < rows.width; column += kLanes) {
      store(value_step(rows, step, column, Form{}),
            out + 4 * ((column / kPanel * steps + step) * kPanel + column % kPanel));
    }
  }
}

/// A row of queries: its steps side by side.
template <class Form>
SOTTO_INLINE void pack_query(const HeadRows& rows, std::int64_t row, std::byte* out) {
  const std::int64_t steps = (rows.width + Form::kPack - 1) / Form::kPack;
  for (std::int64_t step = 0; step < steps; step += kLanes) {
    const Ints packed = head_steps<Form>(rows, row, step * Form::kPack);
    const std::int64_t count = steps - step < kLanes ? steps - step : kLanes;
    __builtin_memcpy(out + 4 * step, &packed, static_cast<std::size_t>(4 * count));
  }
}

void pack_keys(Element packed, const HeadRows& rows, std::byte* out) {
  if (packed == Element::f32)
    pack_keys_as<FloatForm>(rows, out);
  else
    pack_keys_as<HalfForm>(rows, out);
}

void pack_values(Element packed, const HeadRows& rows, std::byte* out) {
  if (packed == Element::f32)
    pack_values_as<FloatForm>(rows, out);
  else
    pack_values_as<HalfForm>(rows, out);
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

#pragma once

// What attention does alike in float32 and in bfloat16, where 4 bytes are one float or a pair of
// halves: a step along the width of keys, or along the keys of a tile of values.

#include "run/backends/cpu/kernels/attention_layout.h"
#include "run/backends/cpu/kernels/inl/elements-inl.h"
#include "run/backends/cpu/kernels/inl/exponential-inl.h"

#if defined(__clang__)
#define SOTTO_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SOTTO_UNROLL _Pragma("GCC unroll 8")
#endif

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// Vectors of columns whose sums for kRegisterRows rows the registers hold: 32 of them, or 16.
#if (defined(__x86_64__) && SOTTO_LANES != 16)
constexpr int kPanelVectors = 2;
#else
constexpr int kPanelVectors = 4;
#endif
/// Keys, or columns of values, that lie side by side: [steps][kPanel] of 4 bytes make a panel.
constexpr std::int64_t kPanel = kPanelVectors * kLanes;
static_assert(kAttentionPanel % kPanel == 0 && kMostLanes >= kLanes);

struct FloatForm {
  static constexpr Element kElement = Element::f32;
  static constexpr int kPack = 1;               ///< elements of a step
  static constexpr std::int64_t kStretch = 16;  ///< steps that are added up in one go; 0: all
  static constexpr std::int64_t kTileKeys = kTileKeysF32;
  using Power = ExactPower;

  static SOTTO_INLINE Floats multiply_add(Floats sum, Ints left, Ints right) {
    return same_bits<Floats>(left) * same_bits<Floats>(right) + sum;
  }
  static SOTTO_INLINE Ints pack(const Floats (&values)[kPack]) {
    return same_bits<Ints>(values[0]);
  }
  static SOTTO_INLINE Floats add(Floats sum, Ints packed) {
    return sum + same_bits<Floats>(packed);
  }
  /// What no finite number is becomes NaN.
  static SOTTO_INLINE Ints without_infinities(Ints packed) {
    const Floats floats = same_bits<Floats>(packed);
    return same_bits<Ints>(floats + (floats - floats));
  }
};

struct HalfForm {
  static constexpr Element kElement = Element::bf16;
  static constexpr int kPack = 2;
  static constexpr std::int64_t kStretch = 0;
  static constexpr std::int64_t kTileKeys = kTileKeysBf16;
  using Power = CoarsePower;

  static SOTTO_INLINE Floats multiply_add(Floats sum, Ints left, Ints right) {
    return dot2(sum, left, right);
  }
  static SOTTO_INLINE Ints pack(const Floats (&values)[kPack]) {
    return to_pairs(values[0], values[1]);
  }
  static SOTTO_INLINE Floats add(Floats sum, Ints packed) {
    return dot2(sum, packed, set_int(0x3F803F80));  // two ones
  }
  static SOTTO_INLINE Ints without_infinities(Ints packed) {
    typedef std::uint16_t Words __attribute__((vector_size(4 * SOTTO_LANES)));
    const Words words = same_bits<Words>(packed);
    const Words strange = same_bits<Words>((words & 0x7F80) == 0x7F80);
    return same_bits<Ints>(words | (strange & 0x40));
  }
};

/// [rows, steps] · [steps, columns of a panel].
struct PanelProduct {
  const std::byte* left = nullptr;
  std::int64_t left_stride = 0;  ///< bytes
  const std::byte* panel = nullptr;
  std::int64_t steps = 0;
};

template <class Form, int kRows, int kVectors>
SOTTO_INLINE void multiply_stretch(const PanelProduct& product, Floats (&sums)[kRows][kVectors]) {
  SOTTO_UNROLL
  for (int row = 0; row < kRows; ++row) {
    SOTTO_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[row][v] = Floats{};
  }
  const std::byte* panel = product.panel;
  const std::byte* left = product.left;
  for (std::int64_t step = 0; step < product.steps; ++step) {
    Ints right[kVectors];
    SOTTO_UNROLL
    for (int v = 0; v < kVectors; ++v) right[v] = load_as<Ints>(panel + 4 * kLanes * v);
    SOTTO_UNROLL
    for (int row = 0; row < kRows; ++row) {
      const Ints value = broadcast(left + row * product.left_stride);
      SOTTO_UNROLL
      for (int v = 0; v < kVectors; ++v)
        sums[row][v] = Form::multiply_add(sums[row][v], value, right[v]);
    }
    panel += 4 * kPanel;
    left += 4;
  }
}

/// In stretches of Form::kStretch steps whose sums are added up: long sums lose what short ones
/// keep.
template <class Form, int kRows, int kVectors>
SOTTO_INLINE void multiply_panel(PanelProduct product, Floats (&sums)[kRows][kVectors]) {
  if constexpr (Form::kStretch == 0) {
    multiply_stretch<Form>(product, sums);
  } else {
    std::int64_t left = product.steps;
    product.steps = left < Form::kStretch ? left : Form::kStretch;
    multiply_stretch<Form>(product, sums);
    for (left -= product.steps; left > 0; left -= product.steps) {
      product.panel += 4 * kPanel * product.steps;
      product.left += 4 * product.steps;
      product.steps = left < Form::kStretch ? left : Form::kStretch;
      Floats more[kRows][kVectors];
      multiply_stretch<Form>(product, more);
      SOTTO_UNROLL
      for (int row = 0; row < kRows; ++row) {
        SOTTO_UNROLL
        for (int v = 0; v < kVectors; ++v) sums[row][v] += more[row][v];
      }
    }
  }
}

template <int n>
struct Count {
  static constexpr int value = n;
};
/// Calls action(Count<n>) with n = count, from 1 to kMost.
template <int kMost, class Action>
SOTTO_INLINE void with_count(std::int64_t count, const Action& action) {
  if constexpr (kMost > 1) {
    if (count < kMost) return with_count<kMost - 1>(count, action);
  }
  action(Count<kMost>{});
}
/// Vectors of a panel that hold the first `columns` of what is left.
SOTTO_INLINE std::int64_t vectors_of(std::int64_t columns) {
  return columns < kPanel ? (columns + kLanes - 1) / kLanes : kPanelVectors;
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

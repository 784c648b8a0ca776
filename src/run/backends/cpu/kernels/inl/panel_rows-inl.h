#pragma once

// Few rows of float32 by a panel [depth][64] of float32 or of halves, which become float32 without
// loss, at the speed at which the memory gives it.

#include "run/backends/cpu/kernels/inl/fine-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

#if SOTTO_LANES == 16 || defined(__aarch64__)
constexpr std::int64_t kFloatRows = 6;  // by four vectors: 24 of 32 registers
#else
constexpr std::int64_t kFloatRows = 3;  // 12 of 16
#endif
constexpr std::int64_t kFloatVectors = 4;
/// Rows of a panel that stay in the first-level cache; also what is added up before it is added to
/// the sums, which keeps them exact.
constexpr std::int64_t kFloatChunk = 16;

/// A float16's bits.
enum class Half : std::uint16_t {};

SOTTO_INLINE Floats load_weights(const float* weights) { return load(weights); }
#if defined(SOTTO_READS_F16)
SOTTO_INLINE Floats load_weights(const Half* weights) {
#if defined(__aarch64__)
  return same_bits<Floats>(vcvt_f32_f16(load_as<float16x4_t>(weights)));
#elif SOTTO_LANES == 16
  // The form with a mask, for GCC 12 finds an uninitialized value in the one without.
  return same_bits<Floats>(_mm512_maskz_cvtph_ps(0xFFFF, load_as<__m256i>(weights)));
#else
  return same_bits<Floats>(_mm256_cvtph_ps(load_as<__m128i>(weights)));
#endif
}
#endif

template <class Weight>
struct PanelRows {
  const float* input;
  std::int64_t input_stride;
  std::int64_t depth;
  const Weight* panel;
  float* sums;  ///< [rows][64], added to
};

template <std::int64_t kRows, class Weight>
SOTTO_INLINE void add_panel_columns(const PanelRows<Weight>& product, std::int64_t column) {
  Floats sums[kRows][kFloatVectors] = {};
  const Weight* panel = product.panel + column;
  constexpr auto kSize = static_cast<std::int64_t>(sizeof(Weight));
  for (std::int64_t k = 0; k < product.depth; ++k, panel += kColumns) {
    Floats weights[kFloatVectors];
    for (std::int64_t v = 0; v < kFloatVectors; ++v) weights[v] = load_weights(panel + v * kLanes);
    for (std::int64_t byte = 0; byte < kLanes * kSize * kFloatVectors; byte += kLine) {
      prefetch(panel + (kAhead + byte) / kSize);
    }
    for (std::int64_t row = 0; row < kRows; ++row) {
      const float value = product.input[row * product.input_stride + k];
      for (std::int64_t v = 0; v < kFloatVectors; ++v)
        sums[row][v] = weights[v] * value + sums[row][v];
    }
  }
  for (std::int64_t row = 0; row < kRows; ++row) {
    for (std::int64_t v = 0; v < kFloatVectors; ++v) {
      float* sum = product.sums + row * kColumns + column + v * kLanes;
      store(load(sum) + sums[row][v], sum);
    }
  }
}

template <std::int64_t kRows, class Weight>
SOTTO_INLINE void add_panel_rows(PanelRows<Weight>& product, std::int64_t& rows) {
  for (; rows >= kRows; rows -= kRows) {
    for (std::int64_t column = 0; column < kColumns; column += kFloatVectors * kLanes) {
      add_panel_columns<kRows>(product, column);
    }
    product.input += kRows * product.input_stride;
    product.sums += kRows * kColumns;
  }
}

/// Any number of rows by the whole depth.
template <class Weight>
SOTTO_INLINE void add_panel(const PanelRows<Weight>& product, std::int64_t rows) {
  for (std::int64_t first = 0; first < product.depth; first += kFloatChunk) {
    const std::int64_t rest = product.depth - first;
    PanelRows<Weight> chunk = product;
    chunk.input += first;
    chunk.depth = rest < kFloatChunk ? rest : kFloatChunk;
    chunk.panel += first * kColumns;
    std::int64_t left = rows;
    add_panel_rows<kFloatRows>(chunk, left);
    add_panel_rows<3>(chunk, left);
    add_panel_rows<2>(chunk, left);
    add_panel_rows<1>(chunk, left);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

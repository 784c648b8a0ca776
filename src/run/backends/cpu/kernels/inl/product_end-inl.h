#pragma once

// What becomes of a product's sums: bias, factor, GELU, residual, and the output's element type.

#include "run/backends/cpu/kernels/inl/gelu-inl.h"
#include "run/backends/cpu/kernels/inl/groups-inl.h"
#include "run/backends/cpu/kernels/product.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// Sums [rows, kGroup] of some rows by one panel.
struct Sums {
  const float* data;
  std::int64_t row, rows;
  std::int64_t column, columns;  ///< the panel's first, and how many of them exist
};

/// values = gelu((sums + bias) · factor) + residual for a row of kGroup.
SOTTO_INLINE void finish_row(const Product& product, const float* bias, const float* residual,
                             const float* sums, Group& values) {
  const Floats factor = set(product.factor);
  for (std::int64_t i = 0; i < kGroupVectors; ++i) {
    values[i] = load(sums + i * kLanes);
    if (bias != nullptr) values[i] += load(bias + i * kLanes);
    values[i] *= factor;
  }
  if (product.gelu) {
    for (Floats& some : values) some = gelu(some);
  }
  if (residual == nullptr) return;
  for (std::int64_t i = 0; i < kGroupVectors; ++i) values[i] += load(residual + i * kLanes);
}

/// Where a product's row of this panel goes to, and its scale, if it has one.
struct Place {
  std::byte* data;
  float* scale;
};
SOTTO_INLINE std::int64_t size_of(Element element) {
  return element == Element::f32 ? 4 : element == Element::bf16 ? 2 : 1;
}
SOTTO_INLINE Place place_of(const Product& product, std::int64_t row, std::int64_t column) {
  const Rows& output = product.output;
  const std::int64_t size = size_of(product.output_element);
  return {output.data + (row * output.stride + column) * size,
          product.output_element != Element::int8
              ? nullptr
              : output.scales + row * output.scale_stride + column / kGroup};
}

void finish_whole(const Product& product, const Sums& sums) {
  const float* bias = product.bias == nullptr ? nullptr : product.bias + sums.column;
  for (std::int64_t r = 0; r < sums.rows; ++r) {
    const std::int64_t row = sums.row + r;
    const float* residual = product.residual == nullptr
                                ? nullptr
                                : product.residual + row * product.residual_stride + sums.column;
    Group values;
    finish_row(product, bias, residual, sums.data + r * kGroup, values);
    const Place place = place_of(product, row, sums.column);
    store_group(values, product.output_element, place.data, place.scale);
  }
}

/// `count` floats, and zeros behind them.
SOTTO_INLINE const float* padded(const float* from, std::int64_t count, float* group) {
  if (from == nullptr) return nullptr;
  for (std::int64_t i = 0; i < kGroup; i += kLanes) store(Floats{}, group + i);
  __builtin_memcpy(group, from, static_cast<std::size_t>(count) * sizeof(float));
  return group;
}

/// For a panel that is not full: neither reads nor writes what belongs to columns it has not.
void finish_part(const Product& product, const Sums& sums) {
  float bias_group[kGroup], residual_group[kGroup];
  std::byte output_group[4 * kGroup];
  const float* bias = product.bias == nullptr ? nullptr : product.bias + sums.column;
  bias = padded(bias, sums.columns, bias_group);
  const std::int64_t bytes = sums.columns * size_of(product.output_element);
  for (std::int64_t r = 0; r < sums.rows; ++r) {
    const std::int64_t row = sums.row + r;
    const float* residual = product.residual == nullptr
                                ? nullptr
                                : product.residual + row * product.residual_stride + sums.column;
    residual = padded(residual, sums.columns, residual_group);
    Group values;
    finish_row(product, bias, residual, sums.data + r * kGroup, values);
    const Place place = place_of(product, row, sums.column);
    store_group(values, product.output_element, output_group, place.scale);
    __builtin_memcpy(place.data, output_group, static_cast<std::size_t>(bytes));
  }
}

/// Asks for what finish() of the same sums will read and write: pieces of rows so short that
/// processors do not see them coming.
SOTTO_INLINE void prefetch_end(const Product& product, const Sums& sums) {
  constexpr std::int64_t kLine = 64;
  const std::int64_t bytes = sums.columns * size_of(product.output_element);
  for (std::int64_t r = 0; r < sums.rows; ++r) {
    const std::int64_t row = sums.row + r;
    std::byte* output = place_of(product, row, sums.column).data;
    for (std::int64_t i = 0; i < bytes; i += kLine) __builtin_prefetch(output + i, 1);
    if (product.residual == nullptr) continue;
    const float* residual = product.residual + row * product.residual_stride + sums.column;
    for (std::int64_t i = 0; i < sums.columns; i += 16) prefetch(residual + i);
  }
}

SOTTO_INLINE void finish(const Product& product, const Sums& sums) {
  if (sums.columns == kGroup) {
    finish_whole(product, sums);
  } else {
    finish_part(product, sums);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

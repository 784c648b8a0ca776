#pragma once

#include "run/backends/cpu/kernels/inl/gelu-inl.h"
#include "run/backends/cpu/kernels/inl/panel_rows-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

constexpr std::int64_t kBlockRows = 8;  // that go over a panel together

/// What happens to 64 sums; bias and residual may be null.
SOTTO_INLINE void finish_columns(const RowProduct& product, const float* bias,
                                 const float* residual, const float* sums, float* output) {
  for (std::int64_t i = 0; i < kColumns; i += kLanes) {
    Floats values = load(sums + i);
    if (bias != nullptr) values += load(bias + i);
    values *= product.factor;
    if (product.gelu) values = gelu(values);
    if (residual != nullptr) values += load(residual + i);
    store(values, output + i);
  }
}

/// Rows [first, first + rows) of a panel's columns from `column` on.
void finish_panel(const RowProduct& product, std::int64_t column, std::int64_t first,
                  std::int64_t rows, const float* sums) {
  const std::int64_t rest = product.columns - column;
  const std::int64_t columns = rest < kColumns ? rest : kColumns;
  alignas(64) float bias[kColumns] = {}, residual[kColumns] = {}, output[kColumns];
  if (product.bias != nullptr) copy_floats(product.bias + column, columns, bias);
  for (std::int64_t row = first; row < first + rows; ++row, sums += kColumns) {
    const float* added = nullptr;
    if (product.residual != nullptr) {
      copy_floats(product.residual + row * product.residual_stride + column, columns, residual);
      added = residual;
    }
    finish_columns(product, bias, added, sums, output);
    copy_floats(output, columns, product.output + row * product.output_stride + column);
  }
}

/// Calls add(panel, first row, rows, sums) for each panel and block of rows, and finishes it. All
/// rows go over one panel before the next is read.
template <class Add>
SOTTO_INLINE void over_panels(const RowProduct& product, std::int64_t bytes, const Add& add) {
  const std::byte* panel = product.panels;
  for (std::int64_t column = 0; column < product.columns; column += kColumns, panel += bytes) {
    for (std::int64_t first = 0; first < product.rows; first += kBlockRows) {
      const std::int64_t rest = product.rows - first;
      const std::int64_t rows = rest < kBlockRows ? rest : kBlockRows;
      alignas(64) float sums[kBlockRows * kColumns];
      for (std::int64_t i = 0; i < rows * kColumns; i += kLanes) store(Floats{}, sums + i);
      add(panel, first, rows, sums);
      finish_panel(product, column, first, rows, sums);
    }
  }
}

template <class Weight>
SOTTO_INLINE void row_product_of(const RowProduct& product) {
  const auto bytes = product.depth * kColumns * static_cast<std::int64_t>(sizeof(Weight));
  over_panels(product, bytes,
              [&](const std::byte* panel, std::int64_t first, std::int64_t rows, float* sums) {
                add_panel(PanelRows<Weight>{product.input + first * product.input_stride,
                                            product.input_stride, product.depth,
                                            reinterpret_cast<const Weight*>(panel), sums},
                          rows);
              });
}

void row_product_f32(const RowProduct& product) { row_product_of<float>(product); }
#if defined(SOTTO_READS_F16)
void row_product_f16(const RowProduct& product) { row_product_of<Half>(product); }
#endif

void row_product_int8(const RowProduct& product) {
  const std::int64_t groups = (product.depth + kColumns - 1) / kColumns;
  const auto* fine = reinterpret_cast<const FineGroup*>(product.fine);
  over_panels(product, groups * (kGroupBytes + 2 * kColumns),
              [&](const std::byte* panel, std::int64_t first, std::int64_t rows, float* sums) {
                add_byte_panel(fine + first * groups, groups, rows, panel, sums);
              });
}

void make_fine(const FineRows& rows) {
  const std::int64_t groups = (rows.depth + kColumns - 1) / kColumns;
  auto* fine = reinterpret_cast<FineGroup*>(rows.fine);
  for (std::int64_t row = 0; row < rows.count; ++row) {
    make_fine_row(rows.rows + row * rows.stride, rows.depth, fine + row * groups);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

#pragma once

// Products of many rows: blocks of rows whose inputs stay in the second-level cache while one panel
// of weights after the other passes by, the panel in stretches of its depth, and for each stretch
// tiles of rows whose sums stay in registers (Goto and van de Geijn, "Anatomy of high-performance
// matrix multiplication", 2008). A row's sums are added up in the same order whatever rows are
// multiplied with it.

#include "run/backends/cpu/kernels/inl/product_bf16-inl.h"
#include "run/backends/cpu/kernels/inl/product_end-inl.h"
#include "run/backends/cpu/kernels/inl/product_f32-inl.h"
#include "run/backends/cpu/kernels/inl/product_int8-inl.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

SOTTO_INLINE std::int64_t lesser(std::int64_t a, std::int64_t b) { return a < b ? a : b; }

constexpr std::int64_t kMostRows = 150;
constexpr std::int64_t kBlockBytes = std::int64_t{640} << 10;  ///< of inputs

/// Rows that are multiplied by all panels before others are.
struct Block {
  std::int64_t first, rows;
  float* sums;
  std::int32_t* corrections;  ///< of bytes: [groups, correction_stride]
  std::int64_t correction_stride;
};
/// Part of the depth.
struct Stretch {
  std::int64_t first, depth;
};

template <class Form>
std::int64_t rows_of_block(const Product& product) {
  constexpr bool kCorrected = Form::kElement == Element::int8;
  const std::int64_t groups = kCorrected ? groups_in(lesser(product.depth, Form::kDepth)) : 0;
  const std::int64_t by_input = kBlockBytes / (product.depth * size_of(Form::kElement));
  const auto scratch = static_cast<std::int64_t>(kProductScratch);
  const std::int64_t by_scratch = scratch / (4 * (kGroup + groups));
  const std::int64_t rows = lesser(lesser(by_input, by_scratch), kMostRows);
  return rows < kTileRows ? kTileRows : rows / kTileRows * kTileRows;
}

template <class Form>
SOTTO_INLINE std::int64_t panel_size(std::int64_t depth) {
  return static_cast<std::int64_t>(panel_bytes(Form::kElement, depth));
}

SOTTO_INLINE void clear(float* sums, std::int64_t rows) {
  for (std::int64_t i = 0; i < rows * kGroup; i += kLanes) store(Floats{}, sums + i);
}

template <class Form>
SOTTO_INLINE const std::byte* input_of(const Product& product, std::int64_t row,
                                       std::int64_t place) {
  return product.input.data + (row * product.input.stride + place) * size_of(Form::kElement);
}

template <class Form>
void correct(const Product& product, const Block& block, const Stretch& stretch) {
  if constexpr (Form::kElement == Element::int8) {
    for (std::int64_t r = 0; r < block.rows; ++r) {
      correct_row(input_of<Form>(product, block.first + r, stretch.first), stretch.depth,
                  block.correction_stride, block.corrections + r);
    }
  }
}

template <class Form>
SOTTO_INLINE Tile tile_of(const Product& product, const Block& block, std::int64_t row,
                          const Stretch& stretch) {
  Tile tile;
  tile.input = input_of<Form>(product, block.first + row, stretch.first);
  tile.stride = product.input.stride;
  tile.first = stretch.first;
  tile.depth = stretch.depth;
  tile.whole_depth = product.depth;
  tile.sums = block.sums + row * kGroup;
  if constexpr (Form::kElement == Element::int8) {
    tile.scales = product.input.scales + (block.first + row) * product.input.scale_stride +
                  stretch.first / kGroup;
    tile.scale_stride = product.input.scale_stride;
    tile.corrections = block.corrections + row;
    tile.correction_stride = block.correction_stride;
  }
  return tile;
}

template <class Form>
SOTTO_INLINE void add_tile(const Tile& tile, std::int64_t rows) {
  switch (rows) {
    case 1:
      return Form::template add<1>(tile);
    case 2:
      return Form::template add<2>(tile);
    case 3:
      return Form::template add<3>(tile);
    case 4:
      return Form::template add<4>(tile);
    case 5:
      return Form::template add<5>(tile);
    default:
      return Form::template add<kTileRows>(tile);
  }
}

/// One panel: the one that begins with `column`.
template <class Form>
void multiply_panel(const Product& product, const Block& block, std::int64_t column) {
  const std::byte* panel = product.panels + column / kGroup * panel_size<Form>(product.depth);
  const std::int64_t columns = lesser(kGroup, product.columns - column);
  for (std::int64_t first = 0; first < product.depth; first += Form::kDepth) {
    const Stretch stretch{first, lesser(Form::kDepth, product.depth - first)};
    if (product.depth > Form::kDepth) correct<Form>(product, block, stretch);
    for (std::int64_t row = 0; row < block.rows; row += kTileRows) {
      const std::int64_t rows = lesser(kTileRows, block.rows - row);
      Tile tile = tile_of<Form>(product, block, row, stretch);
      tile.panel = panel;
      const Sums sums{tile.sums, block.first + row, rows, column, columns};
      const bool is_last = first + stretch.depth == product.depth;
      if (Form::kElement == Element::int8 && first == 0) clear(tile.sums, rows);
      if (is_last) prefetch_end(product, sums);
      add_tile<Form>(tile, rows);
      if (is_last) finish(product, sums);
    }
  }
}

template <class Form>
void multiply(const Product& product) {
  const std::int64_t most = rows_of_block<Form>(product);
  auto* sums = reinterpret_cast<float*>(product.scratch);
  auto* corrections = reinterpret_cast<std::int32_t*>(sums + most * kGroup);
  for (std::int64_t first = 0; first < product.rows; first += most) {
    const Block block{first, lesser(most, product.rows - first), sums, corrections, most};
    if (product.depth <= Form::kDepth) correct<Form>(product, block, {0, product.depth});
    for (std::int64_t column = 0; column < product.columns; column += kGroup) {
      multiply_panel<Form>(product, block, column);
    }
  }
}

/// Kernels::product.
void product(Element element, const Product& task) {
  switch (element) {
    case Element::f32:
      return multiply<FloatProduct>(task);
    case Element::bf16:
      return multiply<HalfProduct>(task);
    case Element::int8:
      return multiply<ByteProduct>(task);
  }
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

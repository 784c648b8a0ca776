#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::cpu {

/// Columns of a panel: what oneDNN's layout BA16a64b keeps together of a matrix [depth, columns],
/// one row of 64 after the other.
inline constexpr std::size_t kPanelWidth = 64;
/// A panel's rows are padded to a multiple of this.
inline constexpr std::size_t kPanelRows = 16;

/// Few rows by one panel.
struct PanelProduct {
  const float* input = nullptr;  ///< [rows, depth]
  std::int64_t input_stride = 0;
  std::size_t rows = 0;
  std::size_t depth = 0;
  const float* panel = nullptr;  ///< [depth, kPanelWidth]
  float* sums = nullptr;         ///< [rows, kPanelWidth], aligned to 64 bytes: overwritten
};

/// sums = input · panel. The panel is read once, at the speed of the memory: that is what a product
/// with few rows costs.
void multiply_panel(const PanelProduct& product);

}  // namespace sotto::cpu

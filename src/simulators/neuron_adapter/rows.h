#pragma once

#include <cstddef>

namespace sotto::simulator {

// Over one row of floats, whose memory goes on to a multiple of 16 (kDotPadding): what is behind
// the row is written, and zero in the end. Sums are taken as multiply_rows() takes them.

void softmax_row(float* row, std::size_t size);
[[nodiscard]] float mean_of_row(float* row, std::size_t size);
[[nodiscard]] float maximum_of_row(float* row, std::size_t size);
/// (x − mean) / √(variance + epsilon) · scale + offset. `scale` and `offset` have such memory too.
struct Normalization {
  const float* scale = nullptr;
  const float* offset = nullptr;
  float epsilon = 0;
};
void normalize_row(float* row, std::size_t size, const Normalization& normalization);

}  // namespace sotto::simulator

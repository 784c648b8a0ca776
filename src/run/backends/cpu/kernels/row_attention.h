#pragma once

#include <cstddef>
#include <cstdint>

namespace sotto::cpu {

/// softmax(query · keysᵀ) · values of one query of one head over rows that may lie anywhere: row
/// i's key at keys + key_places[i] and its value at values + value_places[i], `width` elements
/// each. Each is read once. A score that is no finite number makes the whole output NaN.
struct RowAttention {
  const float* query = nullptr;
  const float* keys = nullptr;
  const float* values = nullptr;
  const std::int64_t* key_places = nullptr;
  const std::int64_t* value_places = nullptr;
  std::size_t rows = 0;  ///< at least one
  std::size_t width = 0;
  float* scores = nullptr;  ///< scratch of row_attention_scratch(rows) elements
  float* output = nullptr;  ///< `width` elements
};

/// Elements of scratch for so many rows.
[[nodiscard]] std::size_t row_attention_scratch(std::size_t rows);

}  // namespace sotto::cpu

#include "run/backends/cpu/kernels/window_attention.h"

#include <algorithm>

#include "run/backends/cpu/kernels/row_product.h"

namespace sotto::cpu {

// Keys and values in panels of 64: keys have one for each 64 places, values of float32 one for each
// 64 of the width, and either may be the larger.
std::size_t window_head_bytes(const WindowForm& form) {
  const std::int64_t key_panels = groups_of(form.places);
  if (form.element == Element::int8) {
    return static_cast<std::size_t>(key_panels) * byte_panel_bytes(form.width);
  }
  return static_cast<std::size_t>(
             std::max(key_panels * form.width, groups_of(form.width) * form.places) * kGroup) *
         sizeof(float);
}

std::size_t window_bytes(const WindowForm& form) {
  return static_cast<std::size_t>(form.heads) * window_head_bytes(form);
}

std::size_t window_scratch(const WindowForm& form, std::int64_t count) {
  const std::int64_t rows = std::min<std::int64_t>(count, 8);
  const std::int64_t blocks = groups_of(form.places) + groups_of(form.width);
  return static_cast<std::size_t>(rows * blocks * kGroup) * sizeof(float) +
         fine_bytes(rows, form.width);
}

}  // namespace sotto::cpu

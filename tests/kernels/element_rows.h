#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "guarded_bytes.h"
#include "run/backends/cpu/kernels/element.h"

// Rows of any element type, written and read one element at a time.

namespace sotto::cpu {

inline std::uint16_t nearest_bf16(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (std::isnan(value)) return static_cast<std::uint16_t>(bits >> 16 | 0x40U);
  return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16);
}
inline float float_of_bf16(std::uint16_t half) {
  const std::uint32_t bits = std::uint32_t{half} << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// The same values wherever this runs, normally distributed nearly enough (Irwin and Hall's sum).
inline std::vector<float> made_values(std::int64_t count, std::uint32_t seed, float deviation) {
  std::mt19937 random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) {
    float sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(random() % 65536) / 65536.0F - 0.5F;
    value = sum * std::sqrt(3.0F) * deviation;
  }
  return values;
}

/// Rows in guarded memory, what lies between them left untouched.
class ElementRows {
 public:
  ElementRows(Element element, std::int64_t rows, std::int64_t width, std::int64_t gap)
      : element_(element),
        rows_(rows),
        width_(width),
        stride_(width + gap),
        bytes_(static_cast<std::size_t>((rows - 1) * stride_ + width) * bytes_of(element)),
        scales_(element == Element::int8 ? scale_bytes(rows, width) : 0) {}

  [[nodiscard]] Element element() const { return element_; }
  [[nodiscard]] Rows view() const {
    return {.data = bytes_.data(),
            .stride = stride_,
            .scales = scales_.size() == 0 ? nullptr : scales_.as<float>(),
            .scale_stride = groups_of(width_)};
  }
  [[nodiscard]] std::size_t place(std::int64_t row, std::int64_t column) const {
    return static_cast<std::size_t>(row * stride_ + column);
  }
  /// Not of int8 rows.
  void set(std::int64_t row, std::int64_t column, float value) {
    std::byte* to = bytes_.data() + place(row, column) * bytes_of(element_);
    if (element_ == Element::f32) {
      std::memcpy(to, &value, sizeof value);
    } else {
      const std::uint16_t half = nearest_bf16(value);
      std::memcpy(to, &half, sizeof half);
    }
  }
  void set_all(std::span<const float> values) {
    for (std::int64_t row = 0; row < rows_; ++row) {
      for (std::int64_t i = 0; i < width_; ++i)
        set(row, i, values[static_cast<std::size_t>(row * width_ + i)]);
    }
  }
  void set_byte(std::int64_t row, std::int64_t column, std::int8_t byte) {
    bytes_.as<std::int8_t>()[place(row, column)] = byte;
  }
  [[nodiscard]] float get(std::int64_t row, std::int64_t column) const {
    if (element_ == Element::f32) return bytes_.at<float>(place(row, column));
    if (element_ == Element::bf16)
      return float_of_bf16(bytes_.at<std::uint16_t>(place(row, column)));
    return static_cast<float>(bytes_.at<std::int8_t>(place(row, column))) * scale(row, column);
  }
  [[nodiscard]] std::int8_t byte(std::int64_t row, std::int64_t column) const {
    return bytes_.at<std::int8_t>(place(row, column));
  }
  [[nodiscard]] float scale(std::int64_t row, std::int64_t column) const {
    return scales_.at<float>(static_cast<std::size_t>(row * groups_of(width_) + column / kGroup));
  }
  void set_scale(std::int64_t row, std::int64_t group, float scale) {
    scales_.as<float>()[row * groups_of(width_) + group] = scale;
  }
  [[nodiscard]] std::vector<std::byte> copy() const { return bytes_.copy(); }
  /// Whether what lies between the rows is as it was.
  [[nodiscard]] bool gaps_are_untouched() const {
    const std::size_t size = bytes_of(element_);
    for (std::int64_t row = 0; row + 1 < rows_; ++row) {
      const std::byte* gap = bytes_.data() + place(row, width_) * size;
      const std::byte* next = bytes_.data() + place(row + 1, 0) * size;
      if (!std::all_of(gap, next, GuardedBytes::is_untouched)) return false;
    }
    return true;
  }

 private:
  static std::size_t scale_bytes(std::int64_t rows, std::int64_t width) {
    return static_cast<std::size_t>(rows * groups_of(width)) * sizeof(float);
  }

  Element element_;
  std::int64_t rows_, width_, stride_;
  GuardedBytes bytes_, scales_;
};

}  // namespace sotto::cpu

#pragma once

#include <cstdint>
#include <vector>

#include "run/backends/cpu/kernels/product.h"

// Operands of products for the tests, and what they stand for.

namespace sotto::cpu {

/// Numbers of a fixed sequence that looks random.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed * 2 + 1) {}
  /// A whole number from `low` to `high`.
  std::int64_t whole(std::int64_t low, std::int64_t high);
  /// From −1 to 1.
  float real();

 private:
  std::uint64_t state_;
};

/// Rows [count, depth], `stride` apart, which may be less than the depth: as elements, in memory
/// that ends with the last one, and as values.
struct InputRows {
  Element element;
  std::int64_t count, depth, stride;
  std::vector<std::byte> memory;  ///< begins with one element that is none of the rows'
  std::vector<float> scales;      ///< [count, groups], of int8

  [[nodiscard]] Rows rows(std::int64_t first);
  [[nodiscard]] double value(std::int64_t row, std::int64_t place) const;
};
/// Small whole numbers times powers of two.
InputRows exact_rows(Element element, std::int64_t count, std::int64_t depth, std::int64_t stride);
/// Any numbers from −1 to 1.
InputRows real_rows(Element element, std::int64_t count, std::int64_t depth);

/// Weights [columns, depth] and their panels, which end with the memory.
struct Weights {
  Element element;
  std::int64_t columns, depth;
  std::vector<float> data;
  std::vector<std::byte> panels;

  /// What the panels, read as product.h says, hold.
  [[nodiscard]] double value(std::int64_t column, std::int64_t place) const;
};
/// Whole numbers that packing does not round.
Weights exact_weights(Element element, std::int64_t columns, std::int64_t depth);
/// Any numbers from −1 to 1.
Weights real_weights(Element element, std::int64_t columns, std::int64_t depth);

/// Output rows of a product with memory between and behind them that is to stay as it was.
class OutputRows {
 public:
  OutputRows(Element element, std::int64_t count, std::int64_t columns);
  [[nodiscard]] Rows rows(std::int64_t first);
  [[nodiscard]] double value(std::int64_t row, std::int64_t column) const;
  /// The element's bits.
  [[nodiscard]] std::uint32_t bits(std::int64_t row, std::int64_t column) const;
  [[nodiscard]] float scale(std::int64_t row, std::int64_t group) const;
  [[nodiscard]] bool is_rest_untouched() const;
  /// Elements and scales.
  friend bool operator==(const OutputRows&, const OutputRows&) = default;

 private:
  [[nodiscard]] std::int64_t place(std::int64_t row, std::int64_t column) const;

  Element element_;
  std::int64_t count_, columns_, stride_, scale_stride_;
  std::vector<std::byte> memory_;
  std::vector<float> scales_;
};

/// Scratch of a thread, aligned.
std::byte* product_scratch();

/// A product of these without anything behind the sums.
Product product_of(InputRows& input, const Weights& weights, OutputRows& output, Element element);

}  // namespace sotto::cpu

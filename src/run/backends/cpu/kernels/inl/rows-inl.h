#pragma once

// What rows.h declares, but for GELU.

#include "run/backends/cpu/kernels/inl/elements-inl.h"
#include "run/backends/cpu/kernels/inl/exponential-inl.h"
#include "run/backends/cpu/kernels/rows.h"

namespace sotto::cpu::SOTTO_ISA {
namespace {

/// Calls take(values, i) for kLanes values of a row at a time; behind its end they are `rest`.
template <class Take>
SOTTO_INLINE void for_each_vector(const float* row, std::int64_t width, float rest,
                                  const Take& take) {
  std::int64_t i = 0;
  for (; i + kLanes <= width; i += kLanes) take(load(row + i), i);
  if (i < width) take(load_part(row + i, width - i, rest), i);
}

struct Moments {
  float mean;        ///< of the first pass
  float correction;  ///< what is to be added to it
  float deviation;   ///< √(variance + epsilon)
};

/// The second pass also finds by how much rounding moved the mean (Chan, Golub and LeVeque, "The
/// corrected two-pass algorithm", 1983).
inline Moments moments_of(const float* row, std::int64_t width, float epsilon) {
  const auto count = static_cast<float>(width);
  Floats sums{};
  for_each_vector(row, width, 0.0F, [&](Floats x, std::int64_t) { sums = sums + x; });
  const float mean = sum_of(sums) / count;
  Floats differences{}, squares{};
  for_each_vector(row, width, mean, [&](Floats x, std::int64_t) {
    const Floats difference = x - mean;
    differences = differences + difference;
    squares = squares + difference * difference;
  });
  const float correction = sum_of(differences) / count;
  const float variance = sum_of(squares) / count - correction * correction;
  // Below zero by rounding alone, where the mean is far above the deviation.
  return {mean, correction, __builtin_sqrtf((variance < 0 ? 0.0F : variance) + epsilon)};
}

void layer_norm(const LayerNormRows& rows) {
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    const float* input = rows.input + row * rows.input_stride;
    const Moments moments = moments_of(input, rows.width, rows.epsilon);
    const float factor = 1.0F / moments.deviation;
    for (std::int64_t first = 0, group = 0; first < rows.width; first += kGroup, ++group) {
      const std::int64_t count = rows.width - first < kGroup ? rows.width - first : kGroup;
      float normal[kGroup];
      std::int64_t i = 0;
      for (; i + kLanes <= count; i += kLanes) {
        const Floats x = load(input + first + i) - moments.mean - moments.correction;
        const Floats weight = load(rows.weight + first + i);
        store(x * factor * weight + load(rows.bias + first + i), normal + i);
      }
      for (; i < count; ++i) {
        const float x = input[first + i] - moments.mean - moments.correction;
        normal[i] = x * factor * rows.weight[first + i] + rows.bias[first + i];
      }
      write_group(normal, count, rows.output, rows.output_element, row, group);
    }
  }
}

void convert(const ConvertRows& rows) {
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    for (std::int64_t first = 0, group = 0; first < rows.width; first += kGroup, ++group) {
      const std::int64_t count = rows.width - first < kGroup ? rows.width - first : kGroup;
      float buffer[kGroup];
      const float* values = read_group(rows.input, rows.input_element, row, group, buffer, count);
      write_group(values, count, rows.output, rows.output_element, row, group);
    }
  }
}

/// output = e^(input − reference); their sum, in blocks so that long rows lose nothing.
inline double exponentials(const float* input, std::int64_t width, float reference, float* output) {
  constexpr std::int64_t kBlock = 1024;
  double total = 0;
  for (std::int64_t first = 0; first < width; first += kBlock) {
    const std::int64_t count = width - first < kBlock ? width - first : kBlock;
    Floats sums{};
    for_each_vector(input + first, count, -kInfinity, [&](Floats x, std::int64_t i) {
      const Floats power = power_of_two<ExactPower>((x - reference) * kLog2E);
      sums = sums + power;
      if (i + kLanes <= count)
        store(power, output + first + i);
      else
        store_part(power, count - i, output + first + i);
    });
    total += static_cast<double>(sum_of(sums));
  }
  return total;
}

void softmax(const SoftmaxRows& rows) {
  for (std::int64_t row = 0; row < rows.rows; ++row) {
    const float* input = rows.input + row * rows.input_stride;
    float* output = rows.output + row * rows.output_stride;
    Floats largest = set(-kInfinity);
    for_each_vector(input, rows.width, -kInfinity,
                    [&](Floats x, std::int64_t) { largest = max(largest, x); });
    const double total = exponentials(input, rows.width, largest_of(largest), output);
    const auto factor = static_cast<float>(1.0 / total);
    std::int64_t i = 0;
    for (; i + kLanes <= rows.width; i += kLanes) store(load(output + i) * factor, output + i);
    for (; i < rows.width; ++i) output[i] *= factor;
  }
}

void scale(const float* input, std::int64_t count, float factor, float* output) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(load(input + i) * factor, output + i);
  for (; i < count; ++i) output[i] = input[i] * factor;
}

void add(const float* a, const float* b, std::int64_t count, float* output) {
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) store(load(a + i) + load(b + i), output + i);
  for (; i < count; ++i) output[i] = a[i] + b[i];
}

}  // namespace
}  // namespace sotto::cpu::SOTTO_ISA

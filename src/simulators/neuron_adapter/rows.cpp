#include "simulators/neuron_adapter/rows.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace sotto::simulator {
namespace {

/// Calls `work` with the number of every row and its elements as floats, which it may change.
template <class Work>
void for_each_row(const TensorView& input, const Work& work) {
  const std::size_t width = input.extents->back();
  const std::size_t rows = count_elements(*input.extents) / width;
  std::vector<float> row(width);
  for (std::size_t i = 0; i < rows; ++i) {
    to_float(std::span<const Half>(input.data + i * width, width), row);
    work(i, std::span<float>(row));
  }
}

float mean_of(std::span<const float> row) {
  return std::accumulate(row.begin(), row.end(), 0.0F) / static_cast<float>(row.size());
}

}  // namespace

void softmax(const TensorView& input, const TensorView& output) {
  for_each_row(input, [&](std::size_t i, std::span<float> row) {
    const float largest = *std::max_element(row.begin(), row.end());
    float sum = 0;
    for (float& value : row) sum += value = std::exp(value - largest);
    for (float& value : row) value /= sum;
    to_half(row, std::span(output.data + i * row.size(), row.size()));
  });
}

void mean(const TensorView& input, const TensorView& output) {
  for_each_row(
      input, [&](std::size_t i, std::span<float> row) { output.data[i] = to_half(mean_of(row)); });
}

void reduce_maximum(const TensorView& input, const TensorView& output) {
  for_each_row(input, [&](std::size_t i, std::span<float> row) {
    output.data[i] = to_half(*std::max_element(row.begin(), row.end()));
  });
}

void layer_norm(const NetworkOperation& operation, std::span<const TensorView> inputs,
                const TensorView& output) {
  const Half *scale = inputs[1].data, *offset = inputs[2].data;
  for_each_row(inputs[0], [&](std::size_t i, std::span<float> row) {
    const float mean = mean_of(row);
    float variance = 0;
    for (const float value : row) variance += (value - mean) * (value - mean);
    variance /= static_cast<float>(row.size());
    const float factor = 1.0F / std::sqrt(variance + operation.reals.at(0));
    for (std::size_t k = 0; k < row.size(); ++k) {
      row[k] = (row[k] - mean) * factor * to_float(scale[k]) + to_float(offset[k]);
    }
    to_half(row, std::span(output.data + i * row.size(), row.size()));
  });
}

}  // namespace sotto::simulator

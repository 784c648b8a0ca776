#include "simulators/neuron_adapter/quantized_operations.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <tuple>
#include <vector>

namespace sotto::simulator {
namespace {

using Inputs = std::span<const TensorView>;
using Numbers = std::vector<std::int32_t>;

constexpr double kLeast = -128, kMost = 127;

/// The number that a real value becomes, `units` being the value in the output's scale.
Half nearest(double units, std::int32_t zero_point) {
  const double number = std::nearbyint(units) + zero_point;
  return to_half(static_cast<float>(std::clamp(number, kLeast, kMost)));
}

std::int32_t number(Half half) { return static_cast<std::int32_t>(to_float(half)); }

/// All numbers of a tensor, less its zero point.
Numbers centered(const TensorView& tensor, std::int32_t zero_point) {
  const std::size_t count = count_elements(*tensor.extents);
  Numbers numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = number(tensor.data[i]) - zero_point;
  return numbers;
}

void quantize(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const double scale = operation.reals.at(0);
  const std::size_t count = count_elements(*output.extents);
  for (std::size_t i = 0; i < count; ++i) {
    output.data[i] = nearest(to_float(inputs[0].data[i]) / scale, operation.integers.at(0));
  }
}

void dequantize(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const float scale = operation.reals.at(0);
  const std::size_t count = count_elements(*output.extents);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t value = number(inputs[0].data[i]) - operation.integers.at(0);
    output.data[i] = to_half(static_cast<float>(value) * scale);
  }
}

/// Where in a tensor the value lies that goes with element `index` of a result, along whose axes it
/// may be repeated.
std::size_t repeated_place(const Extents& extents, const Extents& result, std::size_t index) {
  std::size_t place = 0, stride = 1;
  for (std::size_t i = 0; i < result.size() && i < extents.size(); ++i) {
    const std::size_t extent = extents[extents.size() - 1 - i];
    const std::size_t whole = result[result.size() - 1 - i];
    if (extent != 1) place += index % whole * stride;
    index /= whole;
    stride *= extent;
  }
  return place;
}

/// `function` gives a real value of two centered numbers.
template <class Function>
void of_two(const NetworkOperation& operation, Inputs inputs, const TensorView& output,
            const Function& function) {
  const Numbers& zeros = operation.integers;
  const Numbers a = centered(inputs[0], zeros.at(0)), b = centered(inputs[1], zeros.at(1));
  const std::size_t count = count_elements(*output.extents);
  for (std::size_t i = 0; i < count; ++i) {
    const double real = function(a[repeated_place(*inputs[0].extents, *output.extents, i)],
                                 b[repeated_place(*inputs[1].extents, *output.extents, i)]);
    output.data[i] = nearest(real / operation.reals.at(2), zeros.at(2));
  }
}

void add(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const double a = operation.reals.at(0), b = operation.reals.at(1);
  of_two(operation, inputs, output, [&](std::int32_t x, std::int32_t y) { return x * a + y * b; });
}

void multiply(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const double scale = double{operation.reals.at(0)} * double{operation.reals.at(1)};
  of_two(operation, inputs, output, [&](std::int32_t x, std::int32_t y) { return x * y * scale; });
}

/// A matrix product in integers: rows of `left` by rows of `right`, both of `depth`.
template <class Take>
void products(const Numbers& left, const Numbers& right, std::size_t depth, const Take& take) {
  const std::size_t rows = left.size() / depth, columns = right.size() / depth;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto first = left.begin() + static_cast<std::ptrdiff_t>(row * depth);
    for (std::size_t column = 0; column < columns; ++column) {
      const auto other = right.begin() + static_cast<std::ptrdiff_t>(column * depth);
      take(row, column,
           std::inner_product(first, first + static_cast<std::ptrdiff_t>(depth), other,
                              std::int32_t{0}));
    }
  }
}

/// Weights, biases and scales of a layer, as the operation has them.
class Layer {
 public:
  /// `first` is the place of the first zero point.
  Layer(const NetworkOperation& operation, Inputs inputs, std::size_t first)
      : operation_(operation),
        first_(first),
        channels_(inputs[1].extents->front()),
        input_(centered(inputs[0], operation.integers.at(first))),
        weights_(centered(inputs[1], operation.integers.at(first + 2))) {}

  [[nodiscard]] const Numbers& input() const { return input_; }

  /// Rows of inputs → rows of a number for each channel.
  void run(const Numbers& rows, Half* out) const {
    products(rows, weights_, weights_.size() / channels_,
             [&](std::size_t row, std::size_t channel, std::int32_t sum) {
               out[row * channels_ + channel] = result(channel, sum);
             });
  }

 private:
  [[nodiscard]] Half result(std::size_t channel, std::int32_t sum) const {
    const auto& [integers, reals] = std::tie(operation_.integers, operation_.reals);
    const double units = double{reals.at(0)} * double{reals.at(2 + channel)} / double{reals.at(1)};
    return nearest((sum + static_cast<double>(integers.at(first_ + 3 + channel))) * units,
                   integers.at(first_ + 1));
  }

  const NetworkOperation& operation_;
  std::size_t first_, channels_;
  Numbers input_, weights_;
};

void fully_connected(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Layer layer(operation, inputs, 0);
  layer.run(layer.input(), output.data);
}

// Every place of the window is a row: a piece of the input for each of its lines.
void conv_2d(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Layer layer(operation, inputs, 2);
  const Extents &input = *inputs[0].extents, &weight = *inputs[1].extents, &out = *output.extents;
  const std::size_t channels = input[3], line = input[2] * channels, image = input[1] * line;
  const std::size_t piece = weight[2] * channels;
  const auto down = static_cast<std::size_t>(operation.integers.at(0));
  const auto across = static_cast<std::size_t>(operation.integers.at(1));
  Numbers windows;
  windows.reserve(std::size_t{out[0]} * out[1] * out[2] * weight[1] * piece);
  for (std::size_t place = 0; place < std::size_t{out[0]} * out[1] * out[2]; ++place) {
    const std::size_t x = place % out[2], y = place / out[2] % out[1];
    const std::size_t n = place / out[2] / out[1];
    for (std::size_t i = 0; i < weight[1]; ++i) {
      const auto first =
          layer.input().begin() +
          static_cast<std::ptrdiff_t>(n * image + (y * down + i) * line + x * across * channels);
      windows.insert(windows.end(), first, first + static_cast<std::ptrdiff_t>(piece));
    }
  }
  layer.run(windows, output.data);
}

/// A matrix of a stack, turned round where that is asked for.
Numbers matrix(const Numbers& stack, const Extents& extents, std::size_t index, bool turned) {
  const std::size_t rows = extents.end()[-2], columns = extents.back(), size = rows * columns;
  const auto first = stack.begin() + static_cast<std::ptrdiff_t>(index * size);
  Numbers found(first, first + static_cast<std::ptrdiff_t>(size));
  if (!turned) return found;
  Numbers other(size);
  for (std::size_t i = 0; i < size; ++i) other[i % columns * rows + i / columns] = found[i];
  return other;
}

void batch_matmul(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Numbers& integers = operation.integers;
  const bool turn_a = integers.at(0) != 0, turn_b = integers.at(1) != 0;
  const Numbers a = centered(inputs[0], integers.at(2)), b = centered(inputs[1], integers.at(3));
  const Extents &extents_a = *inputs[0].extents, &extents_b = *inputs[1].extents;
  const double units =
      double{operation.reals.at(0)} * double{operation.reals.at(1)} / double{operation.reals.at(2)};
  const std::size_t depth = turn_a ? extents_a.end()[-2] : extents_a.back();
  const std::size_t columns = output.extents->back(), size = output.extents->end()[-2] * columns;
  for (std::size_t i = 0; i * size < count_elements(*output.extents); ++i) {
    Half* const out = output.data + i * size;
    products(matrix(a, extents_a, i, turn_a), matrix(b, extents_b, i, !turn_b), depth,
             [&](std::size_t row, std::size_t column, std::int32_t sum) {
               out[row * columns + column] = nearest(sum * units, integers.at(4));
             });
  }
}

}  // namespace

void compute_quantized(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  switch (operation.kind) {
    case Kind::quantize:
      return quantize(operation, inputs, output);
    case Kind::dequantize:
      return dequantize(operation, inputs, output);
    case Kind::quantized_fully_connected:
      return fully_connected(operation, inputs, output);
    case Kind::quantized_conv_2d:
      return conv_2d(operation, inputs, output);
    case Kind::quantized_batch_matmul:
      return batch_matmul(operation, inputs, output);
    case Kind::quantized_add:
      return add(operation, inputs, output);
    case Kind::quantized_multiply:
      return multiply(operation, inputs, output);
    default:
      return;
  }
}

}  // namespace sotto::simulator

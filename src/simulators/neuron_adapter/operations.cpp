#include "simulators/neuron_adapter/operations.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "simulators/neuron_adapter/products.h"
#include "simulators/neuron_adapter/quantized_operations.h"
#include "simulators/neuron_adapter/rows.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using Inputs = std::span<const TensorView>;
using Axes = std::array<std::size_t, 4>;

/// Extents of four axes, ones in front.
Axes four_axes(const Extents& extents) {
  Axes axes{1, 1, 1, 1};
  std::copy(extents.begin(), extents.end(),
            axes.end() - static_cast<std::ptrdiff_t>(extents.size()));
  return axes;
}

Axes dense_strides(const Axes& extents) {
  return {extents[1] * extents[2] * extents[3], extents[2] * extents[3], extents[3], 1};
}

/// Calls `work` with the first three places of every row of the last axis.
template <class Work>
void for_each_row(const Axes& extents, const Work& work) {
  for (std::size_t i = 0; i < extents[0]; ++i) {
    for (std::size_t j = 0; j < extents[1]; ++j) {
      for (std::size_t k = 0; k < extents[2]; ++k) work(i, j, k);
    }
  }
}

/// The strides of an operand that is repeated along the axes in which it has one place.
Axes repeated_strides(const Extents& extents) {
  const Axes axes = four_axes(extents);
  Axes strides = dense_strides(axes);
  for (std::size_t i = 0; i < 4; ++i) {
    if (axes[i] == 1) strides[i] = 0;
  }
  return strides;
}

template <class Function>
void binary(Inputs inputs, const TensorView& output, const Function& function) {
  const Axes extents = four_axes(*output.extents);
  const Axes a = repeated_strides(*inputs[0].extents), b = repeated_strides(*inputs[1].extents);
  Half* out = output.data;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    const Half* x = inputs[0].data + i * a[0] + j * a[1] + k * a[2];
    const Half* y = inputs[1].data + i * b[0] + j * b[1] + k * b[2];
    for (std::size_t n = 0; n < extents[3]; ++n) {
      out[n] = to_half(function(to_float(x[n * a[3]]), to_float(y[n * b[3]])));
    }
    out += extents[3];
  });
}

template <class Function>
void unary(Inputs inputs, const TensorView& output, const Function& function) {
  const std::size_t count = count_elements(*output.extents);
  for (std::size_t i = 0; i < count; ++i) {
    output.data[i] = to_half(function(to_float(inputs[0].data[i])));
  }
}

float tanh_gelu(float x) {
  constexpr float kRoot = 0.7978845608F;  // √(2/π)
  return 0.5F * x * (1.0F + std::tanh(kRoot * (x + 0.044715F * x * x * x)));
}

void fully_connected(Inputs inputs, const TensorView& output) {
  const Extents& weight = *inputs[1].extents;
  const std::size_t columns = weight[0], depth = weight[1];
  const std::size_t rows = count_elements(*inputs[0].extents) / depth;
  multiply({inputs[0].data, rows, depth, depth, 1}, {inputs[1].data, columns, depth, depth, 1},
           inputs[2].data, output.data);
}

/// Matrix `index` of a stack; turned round where that is asked for.
Matrix matrix_of(const TensorView& stack, std::size_t index, bool turned) {
  const std::size_t rows = stack.extents->end()[-2], columns = stack.extents->back();
  const Half* first = stack.data + index * rows * columns;
  if (turned) return {first, columns, rows, 1, columns};
  return {first, rows, columns, columns, 1};
}

void batch_matmul(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const bool turn_a = operation.integers.at(0) != 0, turn_b = operation.integers.at(1) != 0;
  const std::size_t size = std::size_t{output.extents->end()[-2]} * output.extents->back();
  const std::size_t stacks = count_elements(*output.extents) / size;
  for (std::size_t i = 0; i < stacks; ++i) {
    // The product wants the rows of b turned round.
    multiply(matrix_of(inputs[0], i, turn_a), matrix_of(inputs[1], i, !turn_b), nullptr,
             output.data + i * size);
  }
  if (switches().wrong_matmul) output.data[0] = to_half(to_float(output.data[0]) + 29.0F);
}

// Every place of the window is a row of the left side: a piece of the input for each of its lines.
void conv_2d(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Extents &input = *inputs[0].extents, &weight = *inputs[1].extents;
  const std::size_t channels = input[3], line = std::size_t{input[2]} * channels;
  const std::size_t piece = std::size_t{weight[2]} * channels, depth = weight[1] * piece;
  const std::size_t places = std::size_t{(*output.extents)[1]} * (*output.extents)[2];
  const auto down = static_cast<std::size_t>(operation.integers.at(0));
  const auto across = static_cast<std::size_t>(operation.integers.at(1));
  std::vector<Half> windows(places * depth);
  for (std::size_t image = 0; image < input[0]; ++image) {
    const Half* in = inputs[0].data + image * input[1] * line;
    for (std::size_t place = 0; place < places; ++place) {
      const std::size_t y = place / (*output.extents)[2], x = place % (*output.extents)[2];
      for (std::size_t i = 0; i < weight[1]; ++i) {
        std::copy_n(in + (y * down + i) * line + x * across * channels, piece,
                    windows.data() + place * depth + i * piece);
      }
    }
    multiply({windows.data(), places, depth, depth, 1},
             {inputs[1].data, weight[0], depth, depth, 1}, inputs[2].data,
             output.data + image * places * weight[0]);
  }
}

void transpose(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Axes from = dense_strides(four_axes(*inputs[0].extents));
  const std::size_t lacking = 4 - operation.integers.size();
  Axes strides = from;
  for (std::size_t i = 0; i < operation.integers.size(); ++i) {
    strides[lacking + i] = from[lacking + static_cast<std::size_t>(operation.integers[i])];
  }
  const Axes extents = four_axes(*output.extents);
  Half* out = output.data;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    const Half* in = inputs[0].data + i * strides[0] + j * strides[1] + k * strides[2];
    for (std::size_t n = 0; n < extents[3]; ++n) *out++ = in[n * strides[3]];
  });
}

void concatenate(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const auto axis = static_cast<std::size_t>(operation.integers.at(0));
  const auto tail = [&](const Extents& extents) {
    return count_elements({extents.begin() + static_cast<std::ptrdiff_t>(axis), extents.end()});
  };
  const std::size_t whole = tail(*output.extents);
  const std::size_t rows = count_elements(*output.extents) / whole;
  Half* out = output.data;
  for (std::size_t row = 0; row < rows; ++row) {
    for (const TensorView& input : inputs) {
      const std::size_t piece = tail(*input.extents);
      out = std::copy_n(input.data + row * piece, piece, out);
    }
  }
}

/// Where the box of `small` begins in `large`, in elements.
std::size_t corner(const NetworkOperation& operation, const Extents& large) {
  const Axes strides = dense_strides(four_axes(large));
  const std::size_t lacking = 4 - operation.integers.size();
  std::size_t first = 0;
  for (std::size_t i = 0; i < operation.integers.size(); ++i) {
    first += static_cast<std::size_t>(operation.integers[i]) * strides[lacking + i];
  }
  return first;
}

void slice(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Axes strides = dense_strides(four_axes(*inputs[0].extents));
  const Axes extents = four_axes(*output.extents);
  const Half* first = inputs[0].data + corner(operation, *inputs[0].extents);
  Half* out = output.data;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    out = std::copy_n(first + i * strides[0] + j * strides[1] + k * strides[2], extents[3], out);
  });
}

void pad(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  const Axes strides = dense_strides(four_axes(*output.extents));
  const Axes extents = four_axes(*inputs[0].extents);
  std::fill_n(output.data, count_elements(*output.extents), Half{0});
  Half* first = output.data + corner(operation, *output.extents);
  const Half* in = inputs[0].data;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    std::copy_n(in, extents[3], first + i * strides[0] + j * strides[1] + k * strides[2]);
    in += extents[3];
  });
}

}  // namespace

void compute(const NetworkOperation& operation, Inputs inputs, const TensorView& output) {
  switch (operation.kind) {
    case Kind::conv_2d:
      return conv_2d(operation, inputs, output);
    case Kind::fully_connected:
      return fully_connected(inputs, output);
    case Kind::batch_matmul:
      return batch_matmul(operation, inputs, output);
    case Kind::softmax:
      return softmax(inputs[0], output);
    case Kind::gelu:
      return unary(inputs, output, tanh_gelu);
    case Kind::add:
      return binary(inputs, output, [](float a, float b) { return a + b; });
    case Kind::subtract:
      return binary(inputs, output, [](float a, float b) { return a - b; });
    case Kind::multiply:
      return binary(inputs, output, [](float a, float b) { return a * b; });
    case Kind::divide:
      return binary(inputs, output, [](float a, float b) { return a / b; });
    case Kind::maximum:
      return binary(inputs, output, [](float a, float b) { return std::max(a, b); });
    case Kind::absolute:
      return unary(inputs, output, [](float x) { return std::fabs(x); });
    case Kind::reciprocal_sqrt:
      return unary(inputs, output, [](float x) { return 1.0F / std::sqrt(x); });
    case Kind::squared_difference:
      return binary(inputs, output, [](float a, float b) { return (a - b) * (a - b); });
    case Kind::mean:
      return mean(inputs[0], output);
    case Kind::reduce_maximum:
      return reduce_maximum(inputs[0], output);
    case Kind::copy:
      std::copy_n(inputs[0].data, count_elements(*output.extents), output.data);
      return;
    case Kind::transpose:
      return transpose(operation, inputs, output);
    case Kind::concatenate:
      return concatenate(operation, inputs, output);
    case Kind::slice:
      return slice(operation, inputs, output);
    case Kind::pad:
      return pad(operation, inputs, output);
    case Kind::layer_norm:
      return layer_norm(operation, inputs, output);
    default:
      return compute_quantized(operation, inputs, output);
  }
}

}  // namespace sotto::simulator

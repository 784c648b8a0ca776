#include "simulators/neuron_adapter/operations.h"

#include <algorithm>

#include "simulators/neuron_adapter/axes.h"
#include "simulators/neuron_adapter/conversions.h"
#include "simulators/neuron_adapter/dot_products.h"
#include "simulators/neuron_adapter/elements.h"
#include "simulators/neuron_adapter/moves.h"
#include "simulators/neuron_adapter/products.h"
#include "simulators/neuron_adapter/quantized_operations.h"
#include "simulators/neuron_adapter/rows.h"
#include "simulators/neuron_adapter/switches.h"

namespace sotto::simulator {
namespace {

using Inputs = std::span<const TensorView>;

// Elements that one task has; what is less is done before another thread has begun.
constexpr std::size_t kElementsATask = std::size_t{1} << 15U;

std::size_t padded(std::size_t count) {
  return (count + kDotPadding - 1) / kDotPadding * kDotPadding;
}

/// The strides of an operand that is repeated along the axes in which it has one place.
Axes repeated_strides(const Axes& axes) {
  Axes strides = dense_strides(axes);
  for (std::size_t i = 0; i < 4; ++i) {
    if (axes[i] == 1) strides[i] = 0;
  }
  return strides;
}

/// Operands of an operation that goes element by element; axes in which none has more than one
/// place stand in front, so that rows are long.
struct Operands {
  Axes a, b, out;
};
Operands operands_of(Inputs inputs, const TensorView& output) {
  Operands axes{four_axes(*inputs[0].extents), four_axes(*inputs[1].extents),
                four_axes(*output.extents)};
  for (std::size_t i = 0; i < 3 && axes.out[3] == 1; ++i) {
    for (Axes* turned : {&axes.a, &axes.b, &axes.out}) {
      std::rotate(turned->begin(), turned->end() - 1, turned->end());
    }
  }
  return axes;
}

void binary(Kind kind, Inputs inputs, const TensorView& output, Workers& workers) {
  const Operands axes = operands_of(inputs, output);
  const Axes a = repeated_strides(axes.a), b = repeated_strides(axes.b);
  const std::size_t width = axes.out[3], rows = axes.out[0] * axes.out[1] * axes.out[2];
  const std::size_t rows_a_task = std::max<std::size_t>(1, kElementsATask / width);
  workers.run((rows + rows_a_task - 1) / rows_a_task, 0, [&](std::size_t task, float*) {
    const std::size_t last = std::min(rows, (task + 1) * rows_a_task);
    for (std::size_t row = task * rows_a_task; row < last; ++row) {
      const std::size_t k = row % axes.out[2], j = row / axes.out[2] % axes.out[1];
      const std::size_t i = row / axes.out[2] / axes.out[1];
      const Half* x = inputs[0].data + i * a[0] + j * a[1] + k * a[2];
      const Half* y = inputs[1].data + i * b[0] + j * b[1] + k * b[2];
      combine(kind, {x, a[3] == 0}, {y, b[3] == 0}, width, output.data + row * width);
    }
  });
}

void unary(Kind kind, const TensorView& input, const TensorView& output, Workers& workers) {
  const std::size_t count = count_elements(*output.extents);
  workers.run((count + kElementsATask - 1) / kElementsATask, 0, [&](std::size_t task, float*) {
    const std::size_t first = task * kElementsATask;
    map(kind, input.data + first, std::min(kElementsATask, count - first), output.data + first);
  });
}

/// Calls `work` with the number of every row of the last axis and its elements as floats, which it
/// may change; `behind` floats of memory follow them.
template <class Work>
void rows_of(const TensorView& input, std::size_t behind, Workers& workers, const Work& work) {
  const std::size_t width = input.extents->back();
  const std::size_t rows = count_elements(*input.extents) / width;
  const std::size_t rows_a_task = std::max<std::size_t>(1, kElementsATask / width);
  workers.run((rows + rows_a_task - 1) / rows_a_task, padded(width) + behind,
              [&](std::size_t task, float* row) {
                const std::size_t last = std::min(rows, (task + 1) * rows_a_task);
                for (std::size_t i = task * rows_a_task; i < last; ++i) {
                  widen(input.data + i * width, width, row);
                  work(i, row, width);
                }
              });
}

void softmax(const TensorView& input, const TensorView& output, Workers& workers) {
  rows_of(input, 0, workers, [&](std::size_t i, float* row, std::size_t width) {
    softmax_row(row, width);
    narrow(row, width, output.data + i * width);
  });
}

void mean(const TensorView& input, const TensorView& output, Workers& workers) {
  rows_of(input, 0, workers, [&](std::size_t i, float* row, std::size_t width) {
    output.data[i] = to_half(mean_of_row(row, width));
  });
}

void reduce_maximum(const TensorView& input, const TensorView& output, Workers& workers) {
  rows_of(input, 0, workers, [&](std::size_t i, float* row, std::size_t width) {
    output.data[i] = to_half(maximum_of_row(row, width));
  });
}

void layer_norm(const NetworkOperation& operation, Inputs inputs, const TensorView& output,
                Workers& workers) {
  const std::size_t whole = padded(output.extents->back());
  const float epsilon = operation.reals.at(0);
  rows_of(inputs[0], 2 * whole, workers, [&](std::size_t i, float* row, std::size_t width) {
    float *scale = row + whole, *offset = scale + whole;
    std::fill_n(scale, 2 * whole, 0.0F);
    widen(inputs[1].data, width, scale);
    widen(inputs[2].data, width, offset);
    normalize_row(row, width, {scale, offset, epsilon});
    narrow(row, width, output.data + i * width);
  });
}

void fully_connected(Inputs inputs, const TensorView& output, Workers& workers) {
  const Extents& weight = *inputs[1].extents;
  const std::size_t columns = weight[0], depth = weight[1];
  const std::size_t rows = count_elements(*inputs[0].extents) / depth;
  multiply({{inputs[0].data, nullptr, rows, depth, depth, 1, 0},
            {inputs[1].data, nullptr, columns, depth, depth, 1, 0},
            1,
            inputs[2].data,
            output.data},
           workers);
}

Matrices matrices_of(const TensorView& stack) {
  const std::size_t rows = stack.extents->end()[-2], columns = stack.extents->back();
  return {stack.data, stack.floats, rows, columns, columns, 1, rows * columns};
}

Matrices turned(Matrices matrices) {
  std::swap(matrices.rows, matrices.columns);
  std::swap(matrices.down, matrices.across);
  return matrices;
}

/// The operands of a product, whose right side has a row for each column of the result.
Matrices left_of(const TensorView& a, bool turn) {
  return turn ? turned(matrices_of(a)) : matrices_of(a);
}
Matrices right_of(const TensorView& b, bool turn) {
  return turn ? matrices_of(b) : turned(matrices_of(b));
}

std::size_t matrices_in(const TensorView& stack) {
  return count_elements(*stack.extents) /
         (std::size_t{stack.extents->end()[-2]} * stack.extents->back());
}

void batch_matmul(const NetworkOperation& operation, Inputs inputs, const TensorView& output,
                  Workers& workers) {
  multiply({left_of(inputs[0], operation.integers.at(0) != 0),
            right_of(inputs[1], operation.integers.at(1) != 0), matrices_in(output), nullptr,
            output.data},
           workers);
  if (switches().wrong_matmul) output.data[0] = to_half(to_float(output.data[0]) + 29.0F);
}

void attention(const NetworkOperation& operation, Inputs inputs, const TensorView& output,
               Workers& workers) {
  attend({left_of(inputs[0], operation.integers.at(0) != 0),
          right_of(inputs[1], operation.integers.at(1) != 0),
          right_of(inputs[2], operation.integers.at(2) != 0), matrices_in(output), output.data},
         workers);
}

/// How a window lies in an image: `lines` pieces, `line` elements apart, and the next window `step`
/// further.
struct Window {
  std::size_t lines, line, piece, step;
};

/// The windows along a line of the image, each as one row.
void gather(const Window& window, const Half* in, std::span<Half> rows) {
  for (Half* out = rows.data(); out < rows.data() + rows.size(); in += window.step) {
    for (std::size_t i = 0; i < window.lines; ++i) {
      out = std::copy_n(in + i * window.line, window.piece, out);
    }
  }
}

// Every place of the window is a row of the left side. Of a window of one line it lies in the input
// as it is; others are put together, for one line of places at a time.
void conv_2d(const NetworkOperation& operation, Inputs inputs, const TensorView& output,
             Workers& workers) {
  const Extents &input = *inputs[0].extents, &weight = *inputs[1].extents;
  const std::size_t channels = input[3], line = std::size_t{input[2]} * channels;
  const std::size_t piece = std::size_t{weight[2]} * channels, depth = weight[1] * piece;
  const std::size_t lines = (*output.extents)[1], places = (*output.extents)[2];
  const auto down = static_cast<std::size_t>(operation.integers.at(0));
  const std::size_t step = static_cast<std::size_t>(operation.integers.at(1)) * channels;
  std::vector<Half> windows(weight[1] == 1 ? 0 : places * depth);
  for (std::size_t i = 0; i < input[0] * lines; ++i) {
    const Half* in = inputs[0].data + (i / lines * input[1] + i % lines * down) * line;
    Matrices left{in, nullptr, places, depth, step, 1, 0};
    if (!windows.empty()) {
      gather({weight[1], line, piece, step}, in, windows);
      left.halves = windows.data();
      left.down = depth;
    }
    multiply({left,
              {inputs[1].data, nullptr, weight[0], depth, depth, 1, 0},
              1,
              inputs[2].data,
              output.data + i * places * weight[0]},
             workers);
  }
}

}  // namespace

void compute(const NetworkOperation& operation, Inputs inputs, const TensorView& output,
             Workers& workers) {
  switch (operation.kind) {
    case Kind::conv_2d:
      return conv_2d(operation, inputs, output, workers);
    case Kind::fully_connected:
      return fully_connected(inputs, output, workers);
    case Kind::batch_matmul:
      return batch_matmul(operation, inputs, output, workers);
    case Kind::attention:
      return attention(operation, inputs, output, workers);
    case Kind::softmax:
      return softmax(inputs[0], output, workers);
    case Kind::gelu:
    case Kind::absolute:
    case Kind::reciprocal_sqrt:
      return unary(operation.kind, inputs[0], output, workers);
    case Kind::add:
    case Kind::subtract:
    case Kind::multiply:
    case Kind::divide:
    case Kind::maximum:
    case Kind::squared_difference:
      return binary(operation.kind, inputs, output, workers);
    case Kind::mean:
      return mean(inputs[0], output, workers);
    case Kind::reduce_maximum:
      return reduce_maximum(inputs[0], output, workers);
    case Kind::layer_norm:
      return layer_norm(operation, inputs, output, workers);
    case Kind::copy:
      return copy(inputs[0], output);
    case Kind::transpose:
      return transpose(operation, inputs[0], output);
    case Kind::concatenate:
      return concatenate(operation, inputs, output);
    case Kind::slice:
      return slice(operation, inputs[0], output);
    case Kind::pad:
      return pad(operation, inputs[0], output);
    default:
      return compute_quantized(operation, inputs, output);
  }
}

}  // namespace sotto::simulator

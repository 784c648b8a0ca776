#include "simulators/neuron_adapter/moves.h"

#include <algorithm>

#include "simulators/neuron_adapter/axes.h"

namespace sotto::simulator {
namespace {

// A square of a matrix that is turned; both its sides stay in a core's cache.
constexpr std::size_t kSquare = 32;

/// A matrix of halves: its extents, and its strides in what is read; what is written is
/// `out_stride` apart along the first axis and dense along the second.
struct Turn {
  const Half* in = nullptr;
  Half* out = nullptr;
  std::size_t rows = 0, columns = 0, row_stride = 0, column_stride = 0, out_stride = 0;
};

void turn_square(const Turn& turn, std::size_t first_row, std::size_t first_column) {
  const std::size_t last_row = std::min(turn.rows, first_row + kSquare);
  const std::size_t last_column = std::min(turn.columns, first_column + kSquare);
  for (std::size_t row = first_row; row < last_row; ++row) {
    const Half* in = turn.in + row * turn.row_stride;
    Half* out = turn.out + row * turn.out_stride;
    for (std::size_t i = first_column; i < last_column; ++i) out[i] = in[i * turn.column_stride];
  }
}

void turn_round(const Turn& turn) {
  for (std::size_t row = 0; row < turn.rows; row += kSquare) {
    for (std::size_t i = 0; i < turn.columns; i += kSquare) turn_square(turn, row, i);
  }
}

/// Where the box of an operation's integers begins in `large`, in elements.
std::size_t corner(const NetworkOperation& operation, const Extents& large) {
  const Axes strides = dense_strides(four_axes(large));
  const std::size_t lacking = 4 - operation.integers.size();
  std::size_t first = 0;
  for (std::size_t i = 0; i < operation.integers.size(); ++i) {
    first += static_cast<std::size_t>(operation.integers[i]) * strides[lacking + i];
  }
  return first;
}

}  // namespace

void copy(const TensorView& input, const TensorView& output) {
  if (input.data == output.data) return;
  std::copy_n(input.data, count_elements(*output.extents), output.data);
}

// The axis that is dense in the input makes a matrix with the one that is dense in the output.
void transpose(const NetworkOperation& operation, const TensorView& input,
               const TensorView& output) {
  const Axes from = dense_strides(four_axes(*input.extents));
  const std::size_t lacking = 4 - operation.integers.size();
  Axes strides = from, extents = four_axes(*output.extents);
  for (std::size_t i = 0; i < operation.integers.size(); ++i) {
    strides[lacking + i] = from[lacking + static_cast<std::size_t>(operation.integers[i])];
  }
  const Axes to = dense_strides(extents);
  const auto dense = static_cast<std::size_t>(
      std::find(strides.begin(), strides.end(), std::size_t{1}) - strides.begin());
  const std::size_t axis = std::min<std::size_t>(dense, 2);  // 3 where rows stay rows
  const Turn matrix{nullptr,       nullptr,    extents[axis], extents[3],
                    strides[axis], strides[3], to[axis]};
  extents[axis] = 1;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    Turn turn = matrix;
    turn.in = input.data + i * strides[0] + j * strides[1] + k * strides[2];
    turn.out = output.data + i * to[0] + j * to[1] + k * to[2];
    turn_round(turn);
  });
}

void concatenate(const NetworkOperation& operation, std::span<const TensorView> inputs,
                 const TensorView& output) {
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
      const Half* in = input.data + row * piece;
      if (in != out) std::copy_n(in, piece, out);
      out += piece;
    }
  }
}

bool is_contiguous(const Extents& input, const Extents& slice) {
  // Along the axes in front of the first that is cut there is one place.
  std::size_t axis = input.size();
  while (axis > 0 && input[axis - 1] == slice[axis - 1]) --axis;
  return std::all_of(slice.begin(),
                     slice.begin() + static_cast<std::ptrdiff_t>(axis > 0 ? axis - 1 : 0),
                     [](std::uint32_t extent) { return extent == 1; });
}

std::size_t begin_of_slice(const NetworkOperation& operation, const Extents& input) {
  return corner(operation, input);
}

void slice(const NetworkOperation& operation, const TensorView& input, const TensorView& output) {
  const Axes strides = dense_strides(four_axes(*input.extents));
  const Axes extents = four_axes(*output.extents);
  const Half* first = input.data + corner(operation, *input.extents);
  Half* out = output.data;
  if (first == out) return;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    out = std::copy_n(first + i * strides[0] + j * strides[1] + k * strides[2], extents[3], out);
  });
}

void pad(const NetworkOperation& operation, const TensorView& input, const TensorView& output) {
  const Axes strides = dense_strides(four_axes(*output.extents));
  const Axes extents = four_axes(*input.extents);
  std::fill_n(output.data, count_elements(*output.extents), Half{0});
  Half* first = output.data + corner(operation, *output.extents);
  const Half* in = input.data;
  for_each_row(extents, [&](std::size_t i, std::size_t j, std::size_t k) {
    std::copy_n(in, extents[3], first + i * strides[0] + j * strides[1] + k * strides[2]);
    in += extents[3];
  });
}

}  // namespace sotto::simulator

#include "run/backends/padding.h"

#include <algorithm>

namespace sotto {
namespace {

/// A port's elements as runs: `count` runs of `tensor` bytes here and `padded` bytes there.
struct Runs {
  std::size_t count, tensor, padded;
};

Runs runs_of(const Signature::Port& port, const Tensor& tensor, std::int64_t padded) {
  const Shape& shape = tensor.shape();
  if (!port.variable_axis) return {1, tensor.bytes(), tensor.bytes()};
  const auto axis = static_cast<std::ptrdiff_t>(*port.variable_axis);
  const auto count = static_cast<std::size_t>(num_elements({shape.begin(), shape.begin() + axis}));
  const auto inner =
      static_cast<std::size_t>(num_elements({shape.begin() + axis + 1, shape.end()})) *
      size_of(tensor.dtype());
  return {count, tensor.bytes() / count, static_cast<std::size_t>(padded) * inner};
}

}  // namespace

void copy_padded(const Signature::Port& port, const Tensor& tensor, std::int64_t padded,
                 std::byte* memory) {
  const Runs runs = runs_of(port, tensor, padded);
  const bool is_float = port.dtype != DType::int32 && port.dtype != DType::int64;
  const std::byte padding{is_float ? std::uint8_t{0} : std::uint8_t{0xFF}};
  const std::byte* source = tensor.data();
  std::byte* target = memory;
  for (std::size_t run = 0; run < runs.count; ++run) {
    target = std::copy_n(source + run * runs.tensor, runs.tensor, target);
    target = std::fill_n(target, runs.padded - runs.tensor, padding);
  }
}

void copy_cut(const Signature::Port& port, const std::byte* memory, std::int64_t padded,
              Tensor& tensor) {
  const Runs runs = runs_of(port, tensor, padded);
  const std::byte* source = memory;
  std::byte* target = tensor.data();
  for (std::size_t run = 0; run < runs.count; ++run) {
    target = std::copy_n(source + run * runs.padded, runs.tensor, target);
  }
}

}  // namespace sotto

#include "run/backends/cpu/padding.h"

#include <algorithm>

namespace sotto::cpu {
namespace {

/// A port's elements as runs: `count` runs of `tensor` elements here and `padded` elements there.
struct Runs {
  std::int64_t count, tensor, padded;
};

Runs runs_of(const Signature::Port& port, const Tensor& tensor, std::int64_t padded) {
  const Shape& shape = tensor.shape();
  if (!port.variable_axis) return {1, tensor.size(), tensor.size()};
  const auto axis = static_cast<std::ptrdiff_t>(*port.variable_axis);
  const std::int64_t inner = num_elements({shape.begin() + axis + 1, shape.end()});
  const std::int64_t count = num_elements({shape.begin(), shape.begin() + axis});
  return {count, shape[static_cast<std::size_t>(axis)] * inner, padded * inner};
}

}  // namespace

void copy_padded(const Signature::Port& port, const Tensor& tensor, std::int64_t padded,
                 float* memory) {
  const Runs runs = runs_of(port, tensor, padded);
  const float* source = tensor.floats().data();
  for (std::int64_t run = 0; run < runs.count; ++run) {
    std::copy_n(source + run * runs.tensor, runs.tensor, memory);
    std::fill_n(memory + runs.tensor, runs.padded - runs.tensor, 0.0F);
    memory += runs.padded;
  }
}

void copy_cut(const Signature::Port& port, const float* memory, std::int64_t padded,
              Tensor& tensor) {
  const Runs runs = runs_of(port, tensor, padded);
  float* target = tensor.floats().data();
  for (std::int64_t run = 0; run < runs.count; ++run) {
    std::copy_n(memory + run * runs.padded, runs.tensor, target + run * runs.tensor);
  }
}

}  // namespace sotto::cpu

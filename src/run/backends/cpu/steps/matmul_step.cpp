#include "run/backends/cpu/steps/matmul_step.h"

#include <algorithm>
#include <utility>

#include "core/base/aligned_memory.h"

namespace sotto::cpu {
namespace {

/// A thread's scratch: what the product wants, a packed panel, and its columns one by one.
struct Scratch {
  explicit Scratch(std::int64_t depth)
      : panel(kProductScratch),
        columns(panel + aligned_size(panel_bytes(Element::f32, depth))),
        bytes(columns + static_cast<std::size_t>(kGroup * depth) * sizeof(float)) {}
  std::size_t panel, columns, bytes;
};

}  // namespace

MatMulStep::MatMulStep(Operands operands, const Kernels& kernels, int threads, Buffers& buffers)
    : Step({operands.a.storage, operands.b.storage, operands.output.storage,
            buffers.add(static_cast<std::size_t>(threads) *
                        Scratch(operands.a.layout.shape[2]).bytes)}),
      operands_(std::move(operands)),
      kernels_(kernels),
      stack_(operands_.a.layout.shape[0]),
      rows_(operands_.a.layout.shape[1]),
      depth_(operands_.a.layout.shape[2]),
      columns_(operands_.b.layout.shape[2]),
      panels_(groups_of(columns_)) {}

void MatMulStep::run(ThreadPool& threads) {
  const std::size_t bytes = Scratch(depth_).bytes;
  threads.share(stack_ * panels_, 1, [&](Share tasks, int thread) {
    std::byte* scratch = address(3) + static_cast<std::size_t>(thread) * bytes;
    for (std::int64_t task = tasks.first; task < tasks.last; ++task) multiply(task, scratch);
  });
}

void MatMulStep::multiply(std::int64_t task, std::byte* scratch) const {
  const Scratch places(depth_);
  const std::int64_t matrix = task / panels_, first = task % panels_ * kGroup;
  const std::int64_t count = std::min(kGroup, columns_ - first);
  const Layout &a = operands_.a.layout, &b = operands_.b.layout;
  const Layout& output = operands_.output.layout;
  auto* columns = reinterpret_cast<float*>(scratch + places.columns);
  const float* from = floats(1) + matrix * b.strides[0] + first * b.strides[2];
  for (std::int64_t column = 0; column < count; ++column) {
    for (std::int64_t k = 0; k < depth_; ++k) {
      columns[column * depth_ + k] = from[column * b.strides[2] + k * b.strides[1]];
    }
  }
  pack_panel(Element::f32, columns, count, depth_, scratch + places.panel);
  Product product;
  product.input = {reinterpret_cast<std::byte*>(floats(0) + matrix * a.strides[0]), a.strides[1],
                   nullptr, 0};
  product.rows = rows_;
  product.depth = depth_;
  product.panels = scratch + places.panel;
  product.columns = count;
  product.output = {reinterpret_cast<std::byte*>(floats(2) + matrix * output.strides[0] + first),
                    output.strides[1], nullptr, 0};
  product.scratch = scratch;
  kernels_.product(Element::f32, product);
}

}  // namespace sotto::cpu

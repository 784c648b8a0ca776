#include "run/backends/cpu/steps/row_product_step.h"

#include <utility>

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kInput, kWeights, kBias, kResidual, kOutput, kFine };

Storage fine_storage(const ProductOperands& operands, RowWeights weights, Buffers& buffers) {
  if (weights != RowWeights::int8) return std::monostate();
  return buffers.add(fine_bytes(operands.input.layout.shape[0], operands.input.layout.shape[1]));
}

std::size_t bytes_of_panel(RowWeights weights, std::int64_t depth) {
  if (weights == RowWeights::int8) return byte_panel_bytes(depth);
  return weights == RowWeights::f16 ? half_panel_bytes(depth) : panel_bytes(Element::f32, depth);
}

auto product_of(const Kernels& kernels, RowWeights weights) {
  if (weights == RowWeights::int8) return kernels.row_product_int8;
  return weights == RowWeights::f16 ? kernels.row_product_f16 : kernels.row_product_f32;
}

}  // namespace

RowProductStep::RowProductStep(ProductOperands operands, RowWeights weights, const Kernels& kernels,
                               Buffers& buffers)
    : Step({operands.input.storage, operands.weights, operands.bias, storage_of(operands.residual),
            operands.output.storage, fine_storage(operands, weights, buffers)}),
      operands_(std::move(operands)),
      weights_(weights),
      kernels_(kernels),
      rows_(operands_.input.layout.shape[0]),
      depth_(operands_.input.layout.shape[1]),
      columns_(operands_.output.layout.shape[1]) {}

void RowProductStep::run(ThreadPool& threads) {
  if (weights_ == RowWeights::int8) make_fine(threads);
  threads.share(columns_, kGroup, [this](Share columns, int) { multiply(columns); });
}

// Few rows are made finer sooner than threads are told of it.
void RowProductStep::make_fine(ThreadPool& threads) const {
  constexpr std::int64_t kUnit = 8;
  const std::size_t row_bytes = fine_bytes(1, depth_);
  threads.share(rows_, kUnit, [&](Share rows, int) {
    const std::int64_t stride = operands_.input.layout.strides[0];
    kernels_.make_fine({floats(kInput) + rows.first * stride, stride, rows.last - rows.first,
                        depth_, address(kFine) + static_cast<std::size_t>(rows.first) * row_bytes});
  });
}

void RowProductStep::multiply(Share columns) const {
  const auto panel = static_cast<std::size_t>(columns.first / kGroup);
  const std::size_t bytes = bytes_of_panel(weights_, depth_);
  RowProduct product;
  product.input = floats(kInput);
  product.input_stride = operands_.input.layout.strides[0];
  product.fine = address(kFine);
  product.rows = rows_;
  product.depth = depth_;
  product.panels = address(kWeights) + panel * bytes;
  product.columns = columns.last - columns.first;
  if (address(kBias) != nullptr) product.bias = floats(kBias) + columns.first;
  product.factor = operands_.factor;
  product.gelu = operands_.has_gelu;
  if (operands_.residual) {
    product.residual = floats(kResidual) + columns.first;
    product.residual_stride = operands_.residual->layout.strides[0];
  }
  product.output = floats(kOutput) + columns.first;
  product.output_stride = operands_.output.layout.strides[0];
  product_of(kernels_, weights_)(product);
}

}  // namespace sotto::cpu

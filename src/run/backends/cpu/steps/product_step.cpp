#include "run/backends/cpu/steps/product_step.h"

#include <utility>

namespace sotto::cpu {
namespace {

enum Place : std::size_t { kInput, kWeights, kBias, kResidual, kOutput, kScratch };

// With fewer rows for each thread a panel is used too seldom for what reading it costs.
constexpr std::int64_t kFewestRows = 48;
constexpr std::int64_t kRowUnit = 6;

}  // namespace

ProductStep::ProductStep(ProductOperands operands, const Kernels& kernels, int threads,
                         Buffers& buffers)
    : Step({operands.input.storage, operands.weights, operands.bias, storage_of(operands.residual),
            operands.output.storage,
            buffers.add(static_cast<std::size_t>(threads) * kProductScratch)}),
      operands_(std::move(operands)),
      kernels_(kernels),
      rows_(operands_.input.layout.shape[0]),
      depth_(operands_.input.layout.shape[1]),
      columns_(operands_.output.layout.shape[1]) {}

void ProductStep::run(ThreadPool& threads) {
  if (rows_ >= threads.threads() * kFewestRows) {
    threads.share(rows_, kRowUnit, [this](Share rows, int thread) {
      multiply(rows, {0, columns_}, thread);
    });
  } else {
    threads.share(columns_, kGroup, [this](Share columns, int thread) {
      multiply({0, rows_}, columns, thread);
    });
  }
}

void ProductStep::multiply(Share rows, Share columns, int thread) const {
  Product product;
  product.input =
      part_of(rows_at(operands_.input, address(kInput)), operands_.input.element, rows.first, 0);
  product.rows = rows.last - rows.first;
  product.depth = depth_;
  product.panels = address(kWeights) + static_cast<std::size_t>(columns.first / kGroup) *
                                           panel_bytes(operands_.input.element, depth_);
  product.columns = columns.last - columns.first;
  if (address(kBias) != nullptr) product.bias = floats(kBias) + columns.first;
  product.factor = operands_.factor;
  product.gelu = operands_.has_gelu;
  if (operands_.residual) {
    product.residual_stride = operands_.residual->layout.strides[0];
    product.residual = floats(kResidual) + rows.first * product.residual_stride + columns.first;
  }
  product.output_element = operands_.output.element;
  product.output = part_of(rows_at(operands_.output, address(kOutput)), product.output_element,
                           rows.first, columns.first);
  product.scratch = address(kScratch) + static_cast<std::size_t>(thread) * kProductScratch;
  kernels_.product(operands_.input.element, product);
}

}  // namespace sotto::cpu

#pragma once

#include <optional>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What a product reads and writes: output = gelu((input · weights + bias) · factor) + residual.
struct ProductOperands {
  Operand input;                      ///< [R, K], stride 1 along K
  Storage weights;                    ///< panels of N columns
  Storage bias;                       ///< [N] of float32, or nothing
  std::optional<Operand> residual{};  ///< [R, N] of float32, stride 1 along N
  Operand output;                     ///< [R, N], stride 1 along N
  float factor = 1.0F;
  bool has_gelu = false;
};

/// A product of many rows, by panels of the input's element type (kernels/product.h). Threads take
/// rows where there are enough for all, else columns.
class ProductStep : public Step {
 public:
  ProductStep(ProductOperands operands, const Kernels& kernels, int threads, Buffers& buffers);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "product"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, operands_.input.element);
  }

 private:
  void multiply(Share rows, Share columns, int thread) const;

  ProductOperands operands_;
  const Kernels& kernels_;
  std::int64_t rows_, depth_, columns_;
};

}  // namespace sotto::cpu

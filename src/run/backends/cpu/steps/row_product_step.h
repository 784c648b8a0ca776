#pragma once

#include <array>

#include "run/backends/cpu/steps/product_step.h"

namespace sotto::cpu {

/// A product whose time goes into reading the weights (kernels/row_product.h): float32 in and out,
/// weights as float32 panels, as halves, or as bytes with a scale for each 64. Threads take
/// columns.
class RowProductStep : public Step {
 public:
  /// `weights`: f32, f16 or int8.
  RowProductStep(ProductOperands operands, RowWeights weights, const Kernels& kernels,
                 Buffers& buffers);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "row_product"; }
  [[nodiscard]] std::string implementation() const override {
    constexpr std::array<std::string_view, 3> kNames{"f32", "f16", "int8"};
    return std::string(kernels_.name) + ' ' +
           std::string(kNames[static_cast<std::size_t>(weights_)]);
  }

 private:
  void make_fine(ThreadPool& threads) const;
  void multiply(Share columns) const;

  ProductOperands operands_;
  RowWeights weights_;
  const Kernels& kernels_;
  std::int64_t rows_, depth_, columns_;
};

}  // namespace sotto::cpu

#pragma once

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// a [H, M, K] · b [H, K, N] → [H, M, N] in float32, any strides but stride 1 along K in a and
/// along N in the output: for products of two computed values, which nothing can pack beforehand.
/// Each thread packs the panels of b that it multiplies by.
class MatMulStep : public Step {
 public:
  struct Operands {
    Operand a, b, output;
  };
  MatMulStep(Operands operands, const Kernels& kernels, int threads, Buffers& buffers);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "matmul"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, Element::f32);
  }

 private:
  void multiply(std::int64_t task, std::byte* scratch) const;

  Operands operands_;
  const Kernels& kernels_;
  std::int64_t stack_, rows_, depth_, columns_, panels_;
};

}  // namespace sotto::cpu

#pragma once

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// Layer norm of float32 rows, to any type of elements.
class LayerNormStep : public Step {
 public:
  struct Operands {
    Operand input;         ///< [R, D], stride 1 along D
    Storage weight, bias;  ///< [D] of float32
    Operand output;        ///< [R, D], stride 1 along D
    float epsilon = 1e-5F;
  };
  LayerNormStep(Operands operands, const Kernels& kernels);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "layer_norm"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, operands_.output.element);
  }

 private:
  Operands operands_;
  const Kernels& kernels_;
};

/// Softmax of float32 rows.
class SoftmaxStep : public Step {
 public:
  /// Both [R, D], stride 1 along D.
  SoftmaxStep(Operand input, Operand output, const Kernels& kernels);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "softmax"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, Element::f32);
  }

 private:
  Operand input_, output_;
  const Kernels& kernels_;
};

/// Rows in another type of elements.
class ConvertStep : public Step {
 public:
  /// Both [R, D], stride 1 along D.
  ConvertStep(Operand input, Operand output, const Kernels& kernels);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "convert"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, output_.element);
  }

 private:
  Operand input_, output_;
  const Kernels& kernels_;
};

}  // namespace sotto::cpu

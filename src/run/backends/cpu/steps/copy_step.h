#pragma once

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// Puts the elements of one layout into another of the same shape, types unchanged (f32 or bf16).
class CopyStep : public Step {
 public:
  CopyStep(Operand input, Operand output);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "copy"; }
  [[nodiscard]] std::string implementation() const override { return "strides"; }

 private:
  Operand input_, output_;
};

}  // namespace sotto::cpu

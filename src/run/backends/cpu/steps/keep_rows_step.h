#pragma once

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

struct KeepRowsOperands {
  Operand rows;                       ///< [A, D] of float32, stride 1 along D
  const BoundInput* cache = nullptr;  ///< windows of a WindowForm
  Operand window;                     ///< int32 [1]
  Operand output;                     ///< [1]
  void (*keep)(const WindowRows& rows) = nullptr;  ///< Kernels::keep_keys or keep_values
};

/// op::KeepRows: puts keys or values of a window into the form that attention reads.
class KeepRowsStep : public Step {
 public:
  KeepRowsStep(KeepRowsOperands operands, const WindowForm& form, const Kernels& kernels);

  /// Throws mismatch for a window that the cache does not have.
  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "keep_rows"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, form_.element);
  }

 private:
  KeepRowsOperands operands_;
  WindowForm form_;
  const Kernels& kernels_;
};

/// Throws mismatch unless a cache of so many bytes has this window.
void check_window(const WindowForm& form, std::size_t bytes, std::int64_t window);

}  // namespace sotto::cpu

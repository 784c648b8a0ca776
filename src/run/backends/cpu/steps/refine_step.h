#pragma once

#include "core/base/tensor.h"
#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// Computes the largest elements of each row of a product again, by the weights as they were before
/// they became bytes: where one of very many is chosen, as a head does, only those few decide, and
/// bytes change which of two close ones is larger. The weights are read where they lie.
class RefineStep : public Step {
 public:
  static constexpr std::size_t kMost = 8;  ///< of a row that are computed again
  static constexpr float kReach = 0.5F;    ///< none that is further from the largest

  /// The product was (input [rows, K] · weights [columns, K]ᵀ + bias) · factor; `output`
  /// [rows, columns] has it. `bias` may be nowhere.
  struct Operands {
    Operand input, output;
    Storage bias;
    TensorView weights;
    float factor = 1;
  };
  explicit RefineStep(Operands operands);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "refine"; }
  [[nodiscard]] std::string implementation() const override { return "largest"; }

 private:
  void refine_row(std::int64_t row) const;

  Operands operands_;
  std::int64_t depth_, columns_;
};

}  // namespace sotto::cpu

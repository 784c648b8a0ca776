#pragma once

#include <optional>

#include "run/backends/cpu/steps/onednn.h"
#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What a product of few rows reads and writes: output = (input · weights + bias) · factor +
/// residual.
struct PanelProductOperands {
  Operand input;                ///< [R, K], stride 1 along K
  Storage weights;              ///< [K, N] in oneDNN's layout BA16a64b
  std::optional<Operand> bias;  ///< [1, N], dense
  float factor = 1.0F;
  std::optional<Operand> residual;  ///< [R, N], dense
  Operand output;                   ///< [R, N], dense
};

/// A Linear with one or two rows, where oneDNN reads the weights at half the memory's speed.
class PanelProductStep : public Step {
 public:
  /// Whether it is made for so many rows and weights that lie so.
  [[nodiscard]] static bool takes(std::int64_t rows, const dnnl::memory::desc& weights);

  explicit PanelProductStep(PanelProductOperands operands);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  void run() override;
  [[nodiscard]] std::string implementation() const override { return "panels"; }

 private:
  struct Addresses {
    const float *input, *weights, *bias, *residual;
    float* output;
  };
  void finish(std::int64_t first, const float* sums) const;

  PanelProductOperands operands_;
  std::int64_t rows_, depth_, columns_;
  int threads_;
  Addresses addresses_{};
};

}  // namespace sotto::cpu

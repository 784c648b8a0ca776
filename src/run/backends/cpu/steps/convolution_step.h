#pragma once

#include "run/backends/cpu/steps/product_step.h"

namespace sotto::cpu {

/// What a convolution over time reads and writes.
struct ConvolutionOperands {
  Operand input;    ///< [T, C], dense
  Storage weights;  ///< panels of a matrix [K · C, N]
  Storage bias;     ///< [N] of float32
  Operand output;   ///< [R, N], stride 1 along N
  std::int64_t stride = 1, padding = 0, taps = 1;
  bool has_gelu = false;
};

/// A convolution over time as a product: where the input's channels lie together, the K places that
/// an output reads are one row of K · C elements, and the next output's row begins `stride` places
/// later. Only rows that reach over the ends are put together, with zeros.
class ConvolutionStep : public Step {
 public:
  ConvolutionStep(ConvolutionOperands operands, const Kernels& kernels, int threads,
                  Buffers& buffers);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "convolution"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, operands_.input.element);
  }

 private:
  [[nodiscard]] std::int64_t depth() const { return operands_.taps * channels_; }
  void multiply(Rows input, Share rows, std::byte* scratch) const;
  [[nodiscard]] Rows padded_row(std::int64_t row, std::byte* memory) const;

  ConvolutionOperands operands_;
  const Kernels& kernels_;
  std::int64_t places_, channels_, rows_;
  Share inner_;  ///< rows whose places are all there
};

}  // namespace sotto::cpu

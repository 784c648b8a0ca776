#pragma once

#include <vector>

#include "run/backends/cpu/steps/keep_rows_step.h"

namespace sotto::cpu {

struct WindowAttentionOperands {
  Operand query;                     ///< [R, D], stride 1 along D
  const BoundInput* keys = nullptr;  ///< windows in the form of KeptWindow
  const BoundInput* values = nullptr;
  Operand windows;  ///< int32 [R]
  Operand output;   ///< [R, D], dense
};

/// op::WindowAttention: each row reads the keys and values of its window.
class WindowAttentionStep : public Step {
 public:
  WindowAttentionStep(WindowAttentionOperands operands, const KeptWindow& form, Buffers& buffers);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  /// Throws mismatch for a window that the cache does not have.
  void run() override;
  [[nodiscard]] std::string implementation() const override { return "rows"; }

 private:
  struct Addresses {
    const float* query;
    float *output, *scores;
    const std::int32_t* windows;
  };
  void attend(std::int64_t row, std::int64_t head, float* scores) const;

  WindowAttentionOperands operands_;
  KeptWindow form_;
  std::int64_t rows_;
  int threads_;
  std::size_t scores_;                ///< elements of scratch per thread
  std::vector<std::int64_t> places_;  ///< of each key and value of a head
  BufferId scratch_;
  Addresses addresses_{};
};

}  // namespace sotto::cpu

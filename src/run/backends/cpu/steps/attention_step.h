#pragma once

#include <optional>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What attention reads and writes: stacks of one matrix per head.
struct AttentionOperands {
  Operand query;                ///< [H, M, D], stride 1 along D, f32 or bf16
  Operand key;                  ///< [H, D, N], f32 or bf16
  Operand value;                ///< [H, N, E], the same
  std::optional<Operand> mask;  ///< [M, N] of float32, dense
  Operand output;               ///< [H, M, E], stride 1 along E
  /// Where an int8 output's scales [M, H] lie, in bytes from its first element.
  std::size_t output_scales = 0;
};

/// softmax(query · key + mask) · value for all heads (kernels/attention.h). First each head's keys
/// and values are packed, then threads take blocks of queries, those of one head in a row.
class AttentionStep : public Step {
 public:
  AttentionStep(AttentionOperands operands, const Kernels& kernels, int threads, Buffers& buffers);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "attention"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, operands_.query.element);
  }

 private:
  [[nodiscard]] std::size_t head_bytes(std::int64_t width) const;
  void pack_keys(std::int64_t head) const;
  void pack_values(std::int64_t head) const;
  void attend(std::int64_t task, std::byte* scratch) const;

  AttentionOperands operands_;
  const Kernels& kernels_;
  std::int64_t heads_, rows_, keys_, width_, value_width_, blocks_;
  std::size_t scratch_bytes_;
};

}  // namespace sotto::cpu

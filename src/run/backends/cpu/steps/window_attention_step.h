#pragma once

#include <vector>

#include "run/backends/cpu/steps/keep_rows_step.h"

namespace sotto::cpu {

struct WindowAttentionOperands {
  Operand query;                     ///< [R, D] of float32, stride 1 along D
  const BoundInput* keys = nullptr;  ///< windows of a WindowForm
  const BoundInput* values = nullptr;
  Operand windows;  ///< int32 [R]
  Operand output;   ///< [R, D], dense
};

/// op::WindowAttention: each row reads the keys and values of its window, and rows of one window
/// that stand together read them once.
class WindowAttentionStep : public Step {
 public:
  WindowAttentionStep(WindowAttentionOperands operands, const WindowForm& form,
                      const Kernels& kernels, int threads, Buffers& buffers);

  /// Throws mismatch for a window that the cache does not have.
  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "window_attention"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, form_.element);
  }

 private:
  /// Rows [first, last), all of one window.
  struct Group {
    std::int64_t first, last, window;
  };
  void find_groups();
  void attend(const Group& group, std::int64_t head, std::byte* scratch) const;

  WindowAttentionOperands operands_;
  WindowForm form_;
  const Kernels& kernels_;
  std::int64_t rows_;
  std::size_t scratch_bytes_;
  std::vector<Group> groups_;  ///< of the present run
};

}  // namespace sotto::cpu

#pragma once

#include <vector>

#include "run/backends/cpu/steps/attention_step.h"

namespace sotto::cpu {

/// softmax(query · key) · value for all heads where queries are so few that reading keys and values
/// is what takes the time. In float32, unmasked; stride 1 along D in the keys and along E in the
/// values, which are equally wide.
class RowAttentionStep : public Step {
 public:
  /// Whether it is made for these operands.
  [[nodiscard]] static bool takes(const AttentionOperands& operands);

  RowAttentionStep(AttentionOperands operands, const Kernels& kernels, int threads,
                   Buffers& buffers);

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "row_attention"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, Element::f32);
  }

 private:
  void attend(std::int64_t head, std::int64_t row, float* scores) const;

  AttentionOperands operands_;
  const Kernels& kernels_;
  std::int64_t heads_, rows_, keys_;
  std::size_t scores_;                                   ///< elements of scratch per thread
  std::vector<std::int64_t> key_places_, value_places_;  ///< of each row of one head
};

}  // namespace sotto::cpu

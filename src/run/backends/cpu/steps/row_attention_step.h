#pragma once

#include <vector>

#include "run/backends/cpu/steps/attention_step.h"

namespace sotto::cpu {

/// softmax(query · key) · value for all heads where queries are so few that reading keys and values
/// is what takes the time. Unmasked; stride 1 along D in the keys and along E in the values, which
/// are equally wide.
class RowAttentionStep : public Step {
 public:
  /// Whether it is made for these operands.
  [[nodiscard]] static bool takes(const AttentionOperands& operands);

  RowAttentionStep(AttentionOperands operands, Buffers& buffers);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  void run() override;
  [[nodiscard]] std::string implementation() const override { return "rows"; }

 private:
  struct Addresses {
    float *query, *key, *value, *output, *scores;
  };
  void attend(std::int64_t head, std::int64_t row, float* scores) const;

  AttentionOperands operands_;
  std::int64_t heads_, rows_, keys_;
  int threads_;
  std::size_t scores_;                                   ///< elements of scratch per thread
  std::vector<std::int64_t> key_places_, value_places_;  ///< of each row of one head
  BufferId scratch_;
  Addresses addresses_{};
};

}  // namespace sotto::cpu

#pragma once

#include <vector>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What attention over a cache reads and writes.
struct CachedAttentionOperands {
  Operand query, key, value;  ///< [R, D], stride 1 along D
  const BoundInput* key_cache = nullptr;
  const BoundInput* value_cache = nullptr;  ///< [S, C, D], dense
  Operand slots;                            ///< int32 [R, C], dense
  Operand output;                           ///< [R, D], dense
};

/// op::CachedAttention: writes the new rows into the cache and lets each attend to its sequence.
class CachedAttentionStep : public Step {
 public:
  CachedAttentionStep(CachedAttentionOperands operands, std::int64_t heads, Buffers& buffers);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  /// Throws mismatch when a table names a slot that the cache does not have.
  void run() override;
  [[nodiscard]] std::string implementation() const override { return "rows"; }

 private:
  struct Addresses {
    float *query, *key, *value, *output, *scores;
    const std::int32_t* slots;
    std::int64_t* places;
  };
  void read_table(std::int64_t row);
  void store(std::int64_t row) const;
  void attend(std::int64_t row, std::int64_t head, float* scores) const;

  CachedAttentionOperands operands_;
  std::int64_t heads_, rows_, width_, capacity_;
  int threads_;
  std::size_t scores_;  ///< elements of scratch per thread
  BufferId scores_scratch_, places_scratch_;
  std::vector<std::int64_t> lengths_;  ///< of each row's sequence
  Addresses addresses_{};
};

}  // namespace sotto::cpu

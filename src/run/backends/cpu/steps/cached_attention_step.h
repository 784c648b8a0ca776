#pragma once

#include <vector>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What attention over a cache reads and writes, all float32 but the table.
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
  CachedAttentionStep(CachedAttentionOperands operands, std::int64_t heads, const Kernels& kernels,
                      int threads, Buffers& buffers);

  /// Throws mismatch when a table names a slot that the cache does not have.
  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "cached_attention"; }
  [[nodiscard]] std::string implementation() const override {
    return implementation_name(kernels_, Element::f32);
  }

 private:
  void read_table(std::int64_t row);
  void store(std::int64_t row) const;
  void attend(std::int64_t row, std::int64_t head, float* scores) const;

  CachedAttentionOperands operands_;
  const Kernels& kernels_;
  std::int64_t heads_, rows_, width_, capacity_;
  std::size_t scores_;                 ///< elements of scratch per thread
  std::vector<std::int64_t> lengths_;  ///< of each row's sequence
};

}  // namespace sotto::cpu

#pragma once

#include <optional>
#include <vector>

#include "run/backends/cpu/steps/onednn.h"
#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// What attention reads and writes: stacks of one matrix per head.
struct AttentionOperands {
  Operand query;                ///< [H, M, D], stride 1 along D
  Operand key;                  ///< [H, D, N]
  Operand value;                ///< [H, N, E]
  std::optional<Operand> mask;  ///< [M, N], dense
  Operand output;               ///< [H, M, E], stride 1 along E
};

/// softmax(query · key + mask) · value for all heads. Each thread takes blocks of query rows of one
/// head, whose scores stay in its cache from the first product to the last. Keys and values are
/// read where they lie: to turn them round first costs more than the products would gain.
class AttentionStep : public Step {
 public:
  AttentionStep(AttentionOperands operands, const OneDnn& onednn, Buffers& buffers);

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  void run() override;
  [[nodiscard]] std::string implementation() const override;

 private:
  /// The primitives for blocks of one number of rows, each for a single thread.
  struct Block {
    dnnl::matmul::primitive_desc scores_desc, mixed_desc;
    dnnl::softmax_forward::primitive_desc softmax_desc;
    dnnl::primitive scores, softmax, mixed;
  };
  /// The memory objects of one thread for one kind of block; those over query, mask and output are
  /// moved along the rows.
  struct Window {
    dnnl::memory query, mask, scores, output, scores_scratch, softmax_scratch, mixed_scratch;
  };
  struct Worker {
    Window whole, rest;
    dnnl_status_t status = dnnl_success;
  };
  struct Head {
    dnnl::memory key, value;
  };
  struct Addresses {
    float *query, *mask, *output;
  };

  void choose_blocks();
  [[nodiscard]] Block make_block(std::int64_t rows) const;
  [[nodiscard]] Window make_window(const Block& block, std::byte* memory) const;
  [[nodiscard]] std::size_t scratchpad_bytes() const;
  void bind_heads(const AddressOf& address_of);
  dnnl_status_t attend(Worker& worker, std::int64_t task) noexcept;

  const OneDnn& onednn_;
  AttentionOperands operands_;
  std::int64_t heads_, rows_, keys_;
  int threads_;
  std::int64_t blocks_ = 0;      ///< per head
  std::int64_t block_rows_ = 0;  ///< of all blocks but a head's last
  Block whole_, rest_;
  std::size_t worker_bytes_ = 0;
  BufferId worker_memory_;
  Addresses addresses_{};
  std::vector<Head> head_memories_;
  std::vector<Worker> workers_;
};

}  // namespace sotto::cpu

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "run/engine/stateful_decoder.h"
#include "run/engine/token_embedding.h"

namespace sotto {

/// Rows of tokens over several windows of audio, on a decoder with a cache: every call computes the
/// new tokens alone. Each window has a place, and rows of its own; their tokens lie in slots that
/// the place has to itself. Reordering rows moves no cache, only the tables that say where each
/// row's tokens lie in it. A decoder serves one batch at a time. It believes what it is given
/// (CheckedBatch), and what a call returns is valid until the next call.
class StatefulBatch {
 public:
  /// Both must outlive it.
  StatefulBatch(StatefulDecoder& decoder, const TokenEmbedding& embedding, std::size_t places);

  [[nodiscard]] std::int64_t context() const { return decoder_.dims().n_text_ctx; }
  [[nodiscard]] std::size_t places() const { return places_.size(); }

  /// Computes keys and values of the window that `place` has from now on; its rows are gone.
  void keep(std::size_t place, const Tensor& encoder_output);

  // As BatchSession says.
  std::span<const float> prefill(std::size_t place, std::span<const TokenId> tokens,
                                 std::span<const std::size_t> positions);
  void reorder(std::size_t place, std::span<const std::size_t> sources);
  void drop(std::size_t place);
  std::span<const float> step(std::span<const TokenId> tokens);

 private:
  /// In which slot of the cache each token of a row lies.
  using SlotTable = std::vector<std::int32_t>;
  struct Place {
    std::vector<SlotTable> rows;
    std::vector<std::int32_t> slots;  ///< where the next token of each row goes, and more
  };

  void take_slots(Place& place, std::size_t rows);
  void begin_rows(std::size_t count);
  void add_row(const SlotTable& table, std::size_t place);
  void run_layers(std::span<const TokenId> tokens);
  std::span<const float> project(const Tensor& hidden);

  StatefulDecoder& decoder_;
  const TokenEmbedding& embedding_;
  std::vector<Place> places_;
  std::vector<std::int32_t> free_slots_;
  std::int32_t slots_used_ = 0;                                   ///< by a place, or free again
  std::vector<std::size_t> positions_;                            ///< of the rows of the call
  Tensor embedded_, slots_, windows_, hidden_, wanted_, logits_;  ///< of the last call
};

}  // namespace sotto

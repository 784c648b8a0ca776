#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/dims.h"
#include "run/backends/backend.h"
#include "run/engine/graph_builder.h"

namespace sotto {

/// The decoder over a cache that the back end writes (GraphBuilder::Piece), and the memory that it
/// works on: keys and values of one window of audio, and those of the tokens fed so far in numbered
/// slots. Memory is kept from window to window.
class StatefulDecoder {
 public:
  /// `backend` must outlive it. Throws what Backend::load() throws.
  StatefulDecoder(const Backend& backend, const std::shared_ptr<const GraphBuilder>& builder,
                  const WhisperDims& dims);

  [[nodiscard]] const WhisperDims& dims() const { return dims_; }

  /// Adds the rows of positions to embedded tokens [1, rows, width]: row r is at first + r · step,
  /// so a step of 0 means that all are at one position.
  void add_positions(Tensor& embedded, std::int64_t first, std::int64_t step) const;

  /// Computes keys and values of this window; what was in the slots means nothing any more.
  void begin_window(const Tensor& encoder_output);

  /// Makes room for so many slots; what is in the present ones stays.
  void reserve(std::int64_t slots);

  /// embedded [1, R, width] and slots int32 [R, n_text_ctx] (op::CachedAttention) → hidden
  /// [1, R, width]. Throws mismatch for a slot that was not reserved.
  void run(const Tensor& embedded, const Tensor& slots, Tensor& hidden);

  /// hidden [1, R, width] → logits [1, R, n_vocab].
  void project(const Tensor& hidden, Tensor& logits);

  /// Bytes that a step reads whose tokens are at this position, counting once what rows share: the
  /// weights, the window's keys and values, and those of the tokens before. 0 where the back end
  /// cannot tell of its weights.
  [[nodiscard]] std::int64_t step_bytes(std::int64_t position) const;

 private:
  WhisperDims dims_;
  const Backend& backend_;
  std::vector<float> positions_;  ///< [n_text_ctx, width]
  std::unique_ptr<Executable> cross_, layers_, head_;
  std::vector<Tensor> audio_;  ///< keys and values of the window, two a layer
  std::vector<Tensor> cache_;  ///< keys and values of the tokens, two a layer
  std::int64_t slots_ = 0;
};

}  // namespace sotto

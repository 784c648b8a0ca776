#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/dims.h"
#include "run/backends/backend.h"
#include "run/engine/graph_builder.h"

namespace sotto {

/// The decoder over caches that the back end writes (GraphBuilder::Piece), and the memory that it
/// works on: keys and values of windows of audio, each in a numbered place, and those of the tokens
/// fed so far in numbered slots. What is in that memory is the back end's business. It is kept from
/// window to window.
class StatefulDecoder {
 public:
  /// `backend` must outlive it. Throws what Backend::load() throws.
  StatefulDecoder(const Backend& backend, const std::shared_ptr<const GraphBuilder>& builder,
                  const WhisperDims& dims);

  [[nodiscard]] const WhisperDims& dims() const { return dims_; }

  /// Adds to each row of embedded tokens [1, rows, width] that of its position.
  void add_positions(Tensor& embedded, std::span<const std::size_t> positions) const;

  /// Makes room for so many slots and windows; what is in the present ones stays.
  void reserve(std::int64_t slots, std::int64_t windows);

  /// Computes keys and values of a window of audio, which from now on is number `window`. Throws
  /// mismatch for a number that was not reserved.
  void keep_window(const Tensor& encoder_output, std::int64_t window);

  /// What a run of the layers reads: embedded [1, R, width], slots int32 [R, n_text_ctx]
  /// (op::CachedAttention) and windows int32 [R].
  struct Rows {
    const Tensor& embedded;
    const Tensor& slots;
    const Tensor& windows;
  };
  /// Writes hidden [1, R, width]. Throws mismatch for a slot or a window that was not reserved.
  void run(const Rows& rows, Tensor& hidden);

  /// hidden [1, R, width] → logits [1, R, n_vocab].
  void project(const Tensor& hidden, Tensor& logits);

  /// Bytes that a step over so many windows reads whose tokens are at this position, counting once
  /// what rows share: the weights, and for each window its keys and values and those of the tokens
  /// before. 0 where the back end cannot tell of its weights.
  [[nodiscard]] std::int64_t step_bytes(std::int64_t position, std::int64_t windows) const;

 private:
  /// Inputs that stay, one after another among those of the layers, and how many of their first
  /// axis there are.
  struct Caches {
    std::size_t first_input = 0;
    std::vector<Tensor> tensors;  ///< two a layer
    std::int64_t count = 0;
  };
  void grow(Caches& caches, std::int64_t count);

  WhisperDims dims_;
  const Backend& backend_;
  std::vector<float> positions_;  ///< [n_text_ctx, width]
  std::unique_ptr<Executable> cross_, layers_, head_;
  Caches audio_;  ///< keys and values of windows
  Caches text_;   ///< keys and values of tokens
  Tensor window_{DType::int32, {1}};
  std::vector<Tensor> kept_;  ///< what the cross projection says
};

}  // namespace sotto

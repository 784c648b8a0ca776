#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/base/tensor.h"
#include "core/bundle/dims.h"
#include "run/backends/backend.h"

namespace sotto {

/// Keys and values of one sequence's tokens, [L, 1, C, D] each, as the step and prefill graphs read
/// them; the host writes each new row where it belongs.
class KvCache {
 public:
  KvCache(const Backend& backend, const WhisperDims& dims);

  [[nodiscard]] std::int64_t length() const { return length_; }
  void clear() { length_ = 0; }
  /// Puts the last `count` of the new rows [L, 1, T, D] behind those that are there.
  void append(const Tensor& new_keys, const Tensor& new_values, std::int64_t count);
  /// Becomes a copy of another one of these dims; only rows that are there move.
  void copy_from(const KvCache& other);

  [[nodiscard]] Tensor& keys() { return keys_; }
  [[nodiscard]] Tensor& values() { return values_; }

 private:
  std::int64_t length_ = 0;
  Tensor keys_, values_;
};

/// The decoder as its step and prefill graphs, loaded on a back end: a step for one token, and a
/// prefill for several at once; without a prefill, prompts go through the step. Whatever stays from
/// run to run is bound, so that only new rows, their positions, masks and logits pass between host
/// and device.
class KvDecoder {
 public:
  struct Parts {
    ModelPart step;
    std::optional<ModelPart> prefill;
    TensorView positions;  ///< [n_text_ctx, n_text_state]
    WhisperDims dims;
  };

  /// Loads what there is; `backend` must outlive it. Throws what Backend::load() throws,
  /// unavailable where a back end binds no inputs, and mismatch when a graph has other ports.
  KvDecoder(const Backend& backend, const Parts& parts);

  [[nodiscard]] const WhisperDims& dims() const { return dims_; }
  /// The most tokens that feed() takes at once.
  [[nodiscard]] std::int64_t most_tokens() const { return prefill_ ? prefill_->tokens : 1; }

  /// The audio of the runs from now on, as the cross-KV encoder gives it; both must stay.
  void begin_window(Tensor& cross_keys, Tensor& cross_values);

  /// Told when it will not be fed for a while (Executable::rest()).
  void rest();

  /// A cache without rows, to be given back: memory stays from window to window, where back ends
  /// have it bound.
  [[nodiscard]] std::unique_ptr<KvCache> take_cache();
  void give_back(std::unique_ptr<KvCache> cache) { spare_.push_back(std::move(cache)); }

  /// Feeds `rows` [n, D] (embedded tokens, 1 to most_tokens()) behind what the cache holds, and
  /// adds them to it. Returns the logits [n_vocab] after the last of them; valid until the next
  /// call.
  std::span<const float> feed(std::span<const float> rows, KvCache& cache);

 private:
  /// A graph and the tensors that change with every run.
  struct Fed {
    std::int64_t tokens = 0;  ///< T
    std::unique_ptr<Executable> graph;
    Tensor token, position, mask;
    Tensor logits, new_keys, new_values;
  };

  [[nodiscard]] Fed load(const Backend& backend, const ModelPart& part) const;
  void fill(Fed& fed, std::span<const float> rows, std::int64_t cached) const;

  const Backend& backend_;
  WhisperDims dims_;
  std::vector<float> positions_;
  Fed step_;
  std::optional<Fed> prefill_;
  std::vector<std::unique_ptr<KvCache>> spare_;
};

}  // namespace sotto

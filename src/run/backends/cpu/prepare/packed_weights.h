#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "core/base/tensor.h"
#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/prepare/weight_memory.h"
#include "run/backends/cpu/steps/thread_pool.h"

namespace sotto::cpu {

/// How a constant is kept.
enum class WeightForm : std::uint8_t {
  dense,             ///< float32 in row-major order
  panels_f32,        ///< of a Linear's weight [O, I]: kernels/product.h
  panels_bf16,       ///< the same
  panels_int8,       ///< the same
  row_panels_int8,   ///< the same, kernels/row_product.h
  row_panels_f16,    ///< the same, of values that float16 holds
  convolution_f32,   ///< of a Conv1d's weight [O, C, K]: panels of the matrix [K · C, O]
  convolution_bf16,  ///< the same
};

/// The only copies of a back end's constants, each in the form that its step reads. All that a back
/// end loads shares it: the same elements in the same form are packed once, and the pages of a
/// mapped file that they came from are let go. Several threads may use it.
class PackedWeights {
 public:
  /// Packs with these threads.
  explicit PackedWeights(std::shared_ptr<ThreadPool> threads) : threads_(std::move(threads)) {}

  struct Packed {
    const std::byte* memory;
    std::size_t bytes;
  };
  /// A constant in a form; its memory lives as long as this object. Throws unsupported for
  /// integers.
  [[nodiscard]] Packed packed(const TensorView& view, WeightForm form);

  /// Whether float16 holds all elements of a constant, as it does those of most checkpoints
  /// whatever they are stored as.
  [[nodiscard]] bool fits_float16(const TensorView& view);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Entry {
    TensorView view;  ///< keeps its bytes, so that nothing else comes to lie at their address
    WeightForm form;
    Packed packed;
  };
  [[nodiscard]] Packed pack(const TensorView& view, WeightForm form);

  std::shared_ptr<ThreadPool> threads_;
  mutable std::mutex mutex_;
  WeightMemory memory_;
  std::multimap<const std::byte*, Entry> entries_;
  std::map<const std::byte*, bool> fitting_;  ///< of float32 constants that have been looked at
  std::size_t bytes_ = 0;
};

}  // namespace sotto::cpu

#pragma once

#include "run/backends/cpu/kernels/kernels.h"
#include "run/backends/cpu/prepare/packed_weights.h"

namespace sotto::cpu {

/// In what a part's products are computed.
enum class ProductForm : std::uint8_t {
  f32,  ///< all in float32
  /// The same, for parts whose time goes into reading the weights: those that float16 holds are
  /// kept so, and become float32 again as they are read.
  f32_rows,
  bf16,  ///< products, attention and convolutions in bfloat16, their sums in float32
  int8,  ///< products of bytes with a scale for each 64 values on both sides, the rest as bf16
  /// Weights as bytes with a scale for each 64 values, the rest in float32: for parts whose time
  /// goes into reading the weights.
  byte_weights,
};

/// How a part is computed: sums of products, softmax, layer norms and what is added up from layer
/// to layer are float32 whatever the form.
struct Numerics {
  const Kernels& kernels;
  int threads = 1;
  ProductForm products = ProductForm::f32;
  Element windows = Element::f32;  ///< keys and values of windows of audio: f32 or int8

  /// Of the rows that products of constant weights read.
  [[nodiscard]] Element product_element() const;
  /// Of what attention of many queries and convolutions read.
  [[nodiscard]] Element attention_element() const;
  /// Of the weights of a Linear.
  [[nodiscard]] WeightForm weight_form(const TensorView& weights, PackedWeights& packed) const;
};

/// How a cache [W, A, D] of windows is kept; in bytes only where heads are wide enough for them.
[[nodiscard]] WindowForm window_form(const Numerics& numerics, const Shape& cache,
                                     std::int64_t heads);

}  // namespace sotto::cpu

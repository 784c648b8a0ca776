#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "run/backends/cpu/kernels/attention.h"
#include "run/backends/cpu/kernels/element.h"
#include "run/backends/cpu/kernels/product.h"
#include "run/backends/cpu/kernels/row_attention.h"
#include "run/backends/cpu/kernels/row_product.h"
#include "run/backends/cpu/kernels/rows.h"
#include "run/backends/cpu/kernels/window_attention.h"

namespace sotto::cpu {

/// The inner loops for one instruction set. None of them allocates, throws or starts threads;
/// pointers are as their structs say, and memory of different operands does not overlap.
struct Kernels {
  std::string_view name;   ///< "avx512_bf16"
  bool fast_bf16 = false;  ///< products in bfloat16 are faster than in float32

  void (*product)(Element element, const Product& product) = nullptr;
  void (*row_product_f32)(const RowProduct& product) = nullptr;
  /// Null where halves are not turned into float32 by an instruction.
  void (*row_product_f16)(const RowProduct& product) = nullptr;
  void (*row_product_int8)(const RowProduct& product) = nullptr;
  void (*make_fine)(const FineRows& rows) = nullptr;

  void (*pack_keys)(Element packed, const HeadRows& rows, std::byte* out) = nullptr;
  void (*pack_values)(Element packed, const HeadRows& rows, std::byte* out) = nullptr;
  /// `element` f32 or bf16: of query, packed keys and packed values.
  void (*attend)(Element element, const QueryBlock& block) = nullptr;

  void (*keep_keys)(const WindowRows& rows) = nullptr;
  void (*keep_values)(const WindowRows& rows) = nullptr;
  void (*attend_window)(const WindowQueries& queries) = nullptr;
  void (*attend_row)(const RowAttention& task) = nullptr;

  void (*layer_norm)(const LayerNormRows& rows) = nullptr;
  void (*convert)(const ConvertRows& rows) = nullptr;
  void (*softmax)(const SoftmaxRows& rows) = nullptr;
  void (*gelu)(const float* input, std::int64_t count, float* output) = nullptr;
  /// output[i] = input[i] · factor
  void (*scale)(const float* input, std::int64_t count, float factor, float* output) = nullptr;
  /// output[i] = a[i] + b[i]
  void (*add)(const float* a, const float* b, std::int64_t count, float* output) = nullptr;
};

/// The tables that this processor runs, the plainest first; at least one.
[[nodiscard]] const std::vector<const Kernels*>& usable_kernels();

/// The best of them, but none above the one that `most` names (empty: no limit). Throws usage for a
/// name that no table has, whether or not this processor runs it.
[[nodiscard]] const Kernels& best_kernels(std::string_view most);

}  // namespace sotto::cpu

#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/shape.h"

namespace sotto {

/// A value of one graph, by its place in Graph::values().
struct ValueId {
  std::uint32_t index = 0;
  auto operator<=>(const ValueId&) const = default;
};

// The operations: a closed set of plain structs. Each has one output; shapes are row-major, and
// "…" stands for any leading axes. Adding one means a struct here and a case wherever the compiler
// then complains.
namespace op {

/// input [1, C, T], weight [O, C, K], bias [O] → [1, O, (T + 2·padding − K) / stride + 1].
struct Conv1d {
  ValueId input, weight, bias;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
};

/// input […, I], weight [O, I], bias [O] → […, O]: input · weightᵀ + bias.
struct Linear {
  ValueId input, weight;
  std::optional<ValueId> bias;
};

/// a […, M, K], b […, K, N] with equal leading axes → […, M, N].
struct MatMul {
  ValueId a, b;
};

/// Over the last axis.
struct Softmax {
  ValueId input;
};

/// Over the last axis: (x − mean) / √(variance + epsilon) · weight + bias; variance is biased.
struct LayerNorm {
  ValueId input, weight, bias;
  float epsilon = 1e-5F;
};

/// x · Φ(x), with the exact Gaussian integral (erf).
struct Gelu {
  ValueId input;
};

/// Elementwise; b's shape is a's, or a's trailing axes, and is repeated along the leading ones.
struct Add {
  ValueId a, b;
};

/// Every element times one number.
struct Scale {
  ValueId input;
  float factor = 1.0F;
};

/// The same elements in row-major order under another shape.
struct Reshape {
  ValueId input;
  Shape shape;
};

/// Axis i of the output is axis order[i] of the input.
struct Transpose {
  ValueId input;
  std::vector<std::int64_t> order;
};

/// The first rows of a table along `axis`, as many as `like` has along `like_axis`: positions and
/// masks for a sequence of that length.
struct TakeLike {
  ValueId table, like;
  std::int64_t axis = 0;
  std::int64_t like_axis = 0;
};

/// Attention of new rows over all rows before them, which lie in a cache that it extends. query,
/// key and value [1, R, D] hold a row per token; key_cache and value_cache [S, C, D] are inputs of
/// the graph that are read and written in place, and nothing else uses them; slots [R, C] is int32
/// → [1, R, D].
///
/// The numbers before the first negative one in slots[r] say where row r's sequence lies: the token
/// at position q in cache[slots[r][q]][q]. The last of them is the place of row r itself, position
/// p, where its key and value are written first. When all rows have written, each attends, head by
/// head (D / heads elements), to positions 0 to p of its sequence: softmax(query · keyᵀ) · value;
/// the query is scaled already. A row without such numbers is padding and becomes zeros. No two
/// rows may have the same place. So T tokens of one sequence are T rows with ever longer tables,
/// one step of B sequences is B rows, and sequences that part share what they have in common.
struct CachedAttention {
  ValueId query, key, value;
  ValueId key_cache, value_cache;
  ValueId slots;
  std::int64_t heads = 1;
};

/// Keeps what one window of audio makes of itself: rows [1, A, D], a row a place of the audio, in
/// place window[0] of a cache [W, A, D], for op::WindowAttention to read. `window` is int32 [1].
/// The cache is an input of the graph, of memory that a back end keeps in a form of its own: its
/// type and shape are what the loaded executable's signature says, but for the first axis, which
/// may be longer, and what is in it means nothing to anybody else → [1], a zero: what is computed
/// is kept.
struct KeepRows {
  enum class Kind { keys, values };
  ValueId rows, cache, window;
  std::int64_t heads = 1;
  Kind kind = Kind::keys;
};

/// Attention over windows of audio that op::KeepRows has kept. query [1, R, D] is scaled already;
/// keys and values [W, A, D] are its caches, inputs of the graph that nothing else uses; windows
/// [R] is int32 → [1, R, D]. Row r attends, head by head (D / heads elements), to all rows of
/// window windows[r]: softmax(query · keysᵀ) · values. A row with a negative number is padding and
/// becomes zeros.
struct WindowAttention {
  ValueId query;
  ValueId keys, values;
  ValueId windows;
  std::int64_t heads = 1;
};

/// The operands one after another along `axis`; their other axes are equal. At least one operand.
struct Concat {
  std::vector<ValueId> inputs;
  std::int64_t axis = 0;
};

/// `count` places along `axis`, from `first` on.
struct Slice {
  ValueId input;
  std::int64_t axis = 0;
  std::int64_t first = 0;
  std::int64_t count = 1;
};

// What lowering makes of the operations above for accelerators: theirs, not PyTorch's.

/// input [1, 1, T, C] and weight [O, 1, K, C], channels last, bias [O] → [1, 1, (T − K) / stride +
/// 1, O]; nothing is padded.
struct Conv2d {
  ValueId input, weight, bias;
  std::int64_t stride = 1;
};

/// Linear whose weight and bias are multiplied by `factor` when they are stored, so that scaling
/// costs no operation and no second copy of a weight in memory.
struct FullyConnected {
  ValueId input, weight;
  std::optional<ValueId> bias;
  float factor = 1.0F;
};

/// x · Φ(x) with Φ by tanh: x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), within 5e-4 of Gelu.
struct TanhGelu {
  ValueId input;
};

/// Elementwise; axes are aligned from the last, and an axis of 1 (or none) is repeated.
struct Binary {
  enum class Kind { add, subtract, multiply, divide, maximum };
  Kind kind = Kind::add;
  ValueId a, b;
};

/// Elementwise.
struct Unary {
  enum class Kind { absolute, reciprocal_sqrt };
  Kind kind = Kind::absolute;
  ValueId input;
};

/// Over the last axis, which stays, with extent 1.
struct Reduce {
  enum class Kind { mean, maximum };
  Kind kind = Kind::mean;
  ValueId input;
};

/// Zeros along `axis`, `before` and `after` the input's places.
struct Pad {
  ValueId input;
  std::int64_t axis = 0;
  std::int64_t before = 0;
  std::int64_t after = 0;
};

// What fusing makes of the operations above for a back end that runs several as one.

/// gelu((input · weightᵀ + bias) · factor) + residual, where there is a Gelu or a residual.
struct FusedLinear {
  ValueId input, weight;
  std::optional<ValueId> bias{};
  std::optional<ValueId> residual{};  ///< of the output's shape
  float factor = 1.0F;
  bool has_gelu = false;
};

/// Gelu of a Conv1d.
struct ConvGelu {
  ValueId input, weight, bias;
  std::int64_t stride = 1;
  std::int64_t padding = 0;
};

/// query […, M, D], key […, D, N], value […, N, E], mask [M, N] → […, M, E]: softmax(query · key +
/// mask) · value. The scores are never there as a whole.
struct Attention {
  ValueId query, key, value;
  std::optional<ValueId> mask{};
};

/// Whether an operation is one of those that only lowering or fusing makes.
template <class Operation>
inline constexpr bool is_lowered = false;
template <>
inline constexpr bool is_lowered<Conv2d> = true;
template <>
inline constexpr bool is_lowered<FullyConnected> = true;
template <>
inline constexpr bool is_lowered<TanhGelu> = true;
template <>
inline constexpr bool is_lowered<Binary> = true;
template <>
inline constexpr bool is_lowered<Unary> = true;
template <>
inline constexpr bool is_lowered<Reduce> = true;
template <>
inline constexpr bool is_lowered<Pad> = true;
template <>
inline constexpr bool is_lowered<FusedLinear> = true;
template <>
inline constexpr bool is_lowered<ConvGelu> = true;
template <>
inline constexpr bool is_lowered<Attention> = true;

/// For the readers of a graph that only take what the builders make.
template <class Operation>
concept Lowered = is_lowered<Operation>;

}  // namespace op

using Op =
    std::variant<op::Conv1d, op::Linear, op::MatMul, op::Softmax, op::LayerNorm, op::Gelu, op::Add,
                 op::Scale, op::Reshape, op::Transpose, op::TakeLike, op::CachedAttention,
                 op::KeepRows, op::WindowAttention, op::Concat, op::Slice, op::Conv2d,
                 op::FullyConnected, op::TanhGelu, op::Binary, op::Unary, op::Reduce, op::Pad,
                 op::FusedLinear, op::ConvGelu, op::Attention>;

/// "conv1d", "linear", …: as the printer writes it.
[[nodiscard]] std::string_view op_name(const Op& op);

/// The operands in the order of the struct's fields.
[[nodiscard]] std::vector<ValueId> operands(const Op& op);

/// Of them those that lie in caches: inputs of the graph that stay from run to run.
[[nodiscard]] std::vector<ValueId> state_operands(const Op& op);

/// Of them the one that holds int32 numbers; the others are floats.
[[nodiscard]] std::optional<ValueId> integer_operand(const Op& op);

/// The same operation on other operands, as many and in the order of operands().
[[nodiscard]] Op with_operands(const Op& op, const std::vector<ValueId>& ids);

/// Attributes as the printer writes them: "stride=2 padding=1"; empty where there are none.
[[nodiscard]] std::string attributes(const Op& op);

/// The output's shape for these operand shapes (in the order of operands()). Throws mismatch with
/// both shapes when they do not fit.
[[nodiscard]] Shape infer_shape(const Op& op, const std::vector<Shape>& shapes);

/// Any of these operations and no other: for a lambda over those that a function treats alike, so
/// that it names them all, and a new one still is a case that the compiler asks for.
template <class T, class... Operations>
concept AnyOf = (std::same_as<T, Operations> || ...);

/// Helper of std::visit: one lambda per alternative, or per group of them.
template <class... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

}  // namespace sotto

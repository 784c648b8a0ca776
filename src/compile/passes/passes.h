#pragma once

#include "core/graph/graph.h"

// The passes that lower a graph of the model to what accelerators run: each a function from graph
// to graph, in a file of its name. pipelines.h says in which order they come.

namespace sotto {

/// Gives the longest length to what varies: positions and masks become constants of that length.
[[nodiscard]] Graph fix_lengths(const Graph& graph);

/// Linear → FullyConnected. A Scale of the result alone goes into the stored weights, so that the
/// 1/√width of attention costs nothing; other Scales become products with a constant.
[[nodiscard]] Graph lower_linear(const Graph& graph);

/// Conv1d → Conv2d over one row, channels last, with its zeros in front and behind as a Pad,
/// between the transposes that this takes (move_views() and merge_views() make most of them go).
[[nodiscard]] Graph lower_convolution(const Graph& graph);

/// LayerNorm → fifteen elementwise operations that cannot overflow in half precision: rows are
/// divided by the largest magnitude around their mean before they are squared.
[[nodiscard]] Graph lower_layer_norm(const Graph& graph);

/// Gelu → TanhGelu, which is what the NPUs' compilers make of it anyway.
[[nodiscard]] Graph approximate_gelu(const Graph& graph);

/// f(view(x)) → view(f(x)) for elementwise f and a Reshape or Transpose that only f reads.
[[nodiscard]] Graph move_views(const Graph& graph);

/// Two Reshapes, or two Transposes, in a row become one; one that changes nothing goes.
[[nodiscard]] Graph merge_views(const Graph& graph);

}  // namespace sotto

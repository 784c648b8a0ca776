#pragma once

#include <functional>
#include <string_view>

#include "core/graph/graph.h"

// What the cpu back end makes of a graph before it prepares its steps: several operations run as
// one, so that what lies between them is never stored. Each pass is a function from graph to graph
// in a file of its name; the result is verified and can be printed as any graph.

namespace sotto::cpu {

/// Linear, and the Scale, the Gelu and the Add of a tensor of the same shape behind it (in this
/// order, each if it is there and alone reads what is before it) → FusedLinear.
[[nodiscard]] Graph fuse_linear(const Graph& graph);

/// Conv1d and the Gelu behind it → ConvGelu.
[[nodiscard]] Graph fuse_convolution(const Graph& graph);

/// MatMul, Add of a mask, Softmax and MatMul → Attention.
[[nodiscard]] Graph fuse_attention(const Graph& graph);

/// Told of each pass behind it: its name, what came out, and seconds that it took.
using PassObserver =
    std::function<void(std::string_view pass, const Graph& result, double seconds)>;

/// All of them, in their order; `observer` may be empty.
[[nodiscard]] Graph fuse(const Graph& graph, const PassObserver& observer = {});

}  // namespace sotto::cpu

#pragma once

#include <string>
#include <vector>

#include "core/graph/graph.h"

namespace sotto {

/// A constant of the graph as the module keeps it.
struct TorchScriptBuffer {
  std::string attribute;  ///< the value's name with '_' for '.'
  ValueId value;
};

/// A graph as the source text of one TorchScript module: docs/formats/torchscript.md.
struct TorchScriptCode {
  std::string class_name;  ///< the graph's name; the module's type is `__torch__.NAME`
  std::string text;
  std::vector<TorchScriptBuffer> buffers;
  std::vector<float> factors;  ///< what the text calls CONSTANTS.c0, CONSTANTS.c1, …
};

/// Straight-line aten calls, one a node, in the style of `torch.jit.trace`. The operators are
/// _convolution, linear, matmul, add, mul, softmax, gelu, layer_norm, view, flatten, permute,
/// slice, and size, NumToTensor and Int where the graph has a variable axis. Throws unsupported for
/// names that no module can have, or that become one.
[[nodiscard]] TorchScriptCode torchscript_code(const Graph& graph);

}  // namespace sotto

#pragma once

#include "core/base/byte_sink.h"
#include "core/graph/graph.h"

namespace sotto {

/// Writes a graph as a TorchScript archive that `torch.jit.load` of torch 1.13 and newer takes, in
/// C++ and in Python: docs/formats/torchscript.md. Every constant is a named float32 buffer;
/// weights of 16 bits are widened on the way, a chunk at a time. The same graph gives the same
/// bytes. Throws what torchscript_entries() throws.
void write_torchscript(const Graph& graph, ByteSink& sink);

}  // namespace sotto

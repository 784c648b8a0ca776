#pragma once

#include "compile/compiler/toolchain.h"

namespace sotto {

/// MediaTek's host compiler called through NeuronAdapter, graph by graph, each in a process of its
/// own; see make_toolchain().
[[nodiscard]] std::unique_ptr<Toolchain> make_neuron_toolchain(const ToolchainOptions& options,
                                                               const Target& target);

}  // namespace sotto

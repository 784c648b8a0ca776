#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs a part's TorchScript file with libtorch, in float32, on as many threads as OpenMP gives.
/// Signatures are those of the part's graph; load() checks that the file's forward() takes as many
/// tensors, run() that it returns the shapes that the graph says. The code in the file can compute,
/// not call out: TorchScript has no operators that start programs.
[[nodiscard]] std::unique_ptr<Backend> make_torchscript_backend();

}  // namespace sotto

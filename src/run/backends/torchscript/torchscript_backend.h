#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs a part's TorchScript file with libtorch, in float32.
[[nodiscard]] std::unique_ptr<Backend> make_torchscript_backend();

}  // namespace sotto

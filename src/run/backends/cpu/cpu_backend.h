#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs graphs on this machine's CPU with oneDNN, in float32, on as many threads as OpenMP gives.
[[nodiscard]] std::unique_ptr<Backend> make_cpu_backend();

}  // namespace sotto

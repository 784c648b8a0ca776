#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs a part's TFLite file with LiteRT, the official runtime, on the CPU. The library is loaded
/// when it is first needed.
[[nodiscard]] std::unique_ptr<Backend> make_litert_backend(const BackendOptions& options);

}  // namespace sotto

#pragma once

#include <memory>

#include "run/backends/backend.h"

namespace sotto {

/// Runs what MediaTek's converter made (the form "mtk") in MediaTek's own executor, in a
/// Python of the user's: for comparison, not for speed. Shapes are fixed: a shorter run is padded
/// with zeros and cut.
[[nodiscard]] std::unique_ptr<Backend> make_mtk_backend(const BackendOptions& options);

}  // namespace sotto

#pragma once

#include <cstdint>

namespace sotto {

/// How many threads the back ends compute with on a CPU from now on; 0 leaves it at one a core, or
/// what $OMP_NUM_THREADS says. To be called before any back end is loaded, for libtorch looks only
/// once.
void use_threads(std::int64_t count);

/// How many that is.
[[nodiscard]] int thread_count();

}  // namespace sotto

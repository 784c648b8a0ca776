#pragma once

#include <cstdint>

namespace sotto {

/// How many threads the back ends compute with on a CPU from now on; 0 leaves it at what
/// thread_count() says. To be called before any back end is made, and by no thread beside others.
void use_threads(std::int64_t count);

/// How many threads a back end is to compute with: what $OMP_NUM_THREADS says (the first number of
/// a list), else one for each processor that this process may run on, and no more than its control
/// group's quota comes to; at least 1. A back end tells this to the library that it computes with,
/// after loading it: libraries have opinions of their own, and some change OpenMP's for all.
[[nodiscard]] int thread_count();

/// Tells OpenMP, for what this thread runs: its setting is each thread's own.
void tell_openmp(int threads);

}  // namespace sotto

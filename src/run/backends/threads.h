#pragma once

#include <cstdint>

namespace sotto {

/// How many threads a back end is to compute with: what $OMP_NUM_THREADS says (the first number of
/// a list), else one for each processor that this process may run on, and no more than its control
/// group's quota comes to; at least 1. A back end tells this to the library that it computes with,
/// before every run: libraries have opinions of their own, and some change OpenMP's for all.
[[nodiscard]] int thread_count();

/// That many, or thread_count() for 0. Throws usage for a number that is no number of threads.
[[nodiscard]] int thread_count(std::int64_t wanted);

}  // namespace sotto

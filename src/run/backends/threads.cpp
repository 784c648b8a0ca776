#include "run/backends/threads.h"

#include <cstdlib>
#include <omp.h>
#include <string>

namespace sotto {

void use_threads(std::int64_t count) {
  if (count <= 0) return;
  omp_set_num_threads(static_cast<int>(count));
  ::setenv("OMP_NUM_THREADS", std::to_string(count).c_str(), 1);
}

int thread_count() { return omp_get_max_threads(); }

}  // namespace sotto

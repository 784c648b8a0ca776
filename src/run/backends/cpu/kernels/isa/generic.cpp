// What every processor of this architecture has: SSE2, NEON.
#define SOTTO_ISA generic
#define SOTTO_LANES 4
#define SOTTO_FAST_BF16 false
#include "run/backends/cpu/kernels/inl/table-inl.h"

// AVX2 with FMA: Haswell and Zen, and what came after.
#define SOTTO_ISA avx2
#define SOTTO_LANES 8
#define SOTTO_FAST_BF16 false
#include "run/backends/cpu/kernels/inl/table-inl.h"

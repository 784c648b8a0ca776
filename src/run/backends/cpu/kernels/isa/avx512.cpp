// AVX-512 with products of bytes: Ice Lake, Cascade Lake.
#define SOTTO_ISA avx512
#define SOTTO_LANES 16
#define SOTTO_FAST_BF16 false
#include "run/backends/cpu/kernels/inl/table-inl.h"

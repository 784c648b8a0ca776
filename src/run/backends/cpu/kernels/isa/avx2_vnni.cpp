// The same with products of bytes (AVX-VNNI): Alder Lake and what came after.
#define SOTTO_ISA avx2_vnni
#define SOTTO_LANES 8
#define SOTTO_FAST_BF16 false
#include "run/backends/cpu/kernels/inl/table-inl.h"

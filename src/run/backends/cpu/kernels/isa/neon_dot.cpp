// NEON with products of bytes (Armv8.2's dot product): Cortex-A55, A76 and what came after.
#define SOTTO_ISA neon_dot
#define SOTTO_LANES 4
#define SOTTO_FAST_BF16 false
#include "run/backends/cpu/kernels/inl/table-inl.h"

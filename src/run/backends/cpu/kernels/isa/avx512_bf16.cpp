// The same with products of bfloat16: Zen 4, Sapphire Rapids.
#define SOTTO_ISA avx512_bf16
#define SOTTO_LANES 16
#define SOTTO_FAST_BF16 true
#include "run/backends/cpu/kernels/inl/table-inl.h"

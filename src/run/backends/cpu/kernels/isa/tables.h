#pragma once

#include "run/backends/cpu/kernels/kernels.h"

// The tables that this build has, one a file beside this one.

namespace sotto::cpu {

// clang-format off
namespace generic { extern const Kernels table; }
#if defined(__x86_64__)
namespace avx2 { extern const Kernels table; }
namespace avx2_vnni { extern const Kernels table; }
namespace avx512 { extern const Kernels table; }
namespace avx512_bf16 { extern const Kernels table; }
#elif defined(__aarch64__)
namespace neon_dot { extern const Kernels table; }
#endif
// clang-format on

}  // namespace sotto::cpu

#include "run/backends/cpu/kernels/row_attention.h"

#include "run/backends/cpu/kernels/kernels.h"

namespace sotto::cpu {

void attend_row(const RowAttention& task) {
  static const Kernels& kernels = best_kernels({});
  kernels.attend_row(task);
}

std::size_t row_attention_scratch(std::size_t rows) { return (rows + 15) / 16 * 16; }

}  // namespace sotto::cpu

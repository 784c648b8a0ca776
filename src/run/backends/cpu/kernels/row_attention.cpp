#include "run/backends/cpu/kernels/row_attention.h"

namespace sotto::cpu {

std::size_t row_attention_scratch(std::size_t rows) { return (rows + 15) / 16 * 16; }

}  // namespace sotto::cpu

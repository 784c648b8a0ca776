#include "run/backends/cpu/steps/piece_step.h"

#include <algorithm>

namespace sotto::cpu {

// One long row is shared out by its elements, many rows by themselves.
void PieceStep::run(ThreadPool& threads) {
  constexpr std::int64_t kUnit = 16384;  // elements of a thread at least
  const float* input = floats(0) + piece_.input_first;
  float* output = floats(1) + piece_.output_first;
  if (piece_.rows == 1) {
    threads.share(piece_.elements, kUnit, [&](Share share, int) {
      std::copy_n(input + share.first, share.last - share.first, output + share.first);
    });
    return;
  }
  threads.share(piece_.rows, kUnit / piece_.elements + 1, [&](Share rows, int) {
    for (std::int64_t row = rows.first; row < rows.last; ++row) {
      std::copy_n(input + row * piece_.input_row, piece_.elements,
                  output + row * piece_.output_row);
    }
  });
}

}  // namespace sotto::cpu

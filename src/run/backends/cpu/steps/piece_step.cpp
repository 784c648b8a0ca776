#include "run/backends/cpu/steps/piece_step.h"

#include <algorithm>

namespace sotto::cpu {

std::vector<Storage> PieceStep::touched() const {
  return {piece_.input.storage, piece_.output.storage};
}

void PieceStep::bind(const AddressOf& address_of) {
  input_ = address_of(piece_.input.storage) + piece_.input_first;
  output_ = address_of(piece_.output.storage) + piece_.output_first;
}

void PieceStep::run() {
  for (std::int64_t row = 0; row < piece_.rows; ++row) {
    std::copy_n(input_ + row * piece_.input_row, piece_.elements,
                output_ + row * piece_.output_row);
  }
}

}  // namespace sotto::cpu

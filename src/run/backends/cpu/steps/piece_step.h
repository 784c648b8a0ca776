#pragma once

#include <string>
#include <utility>
#include <vector>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// Copies a piece of every row of one value into a piece of every row of another; both are dense.
class PieceStep : public Step {
 public:
  struct Piece {
    Operand input, output;
    std::int64_t rows = 0;
    std::int64_t elements = 0;                    ///< copied of each row
    std::int64_t input_first = 0, input_row = 0;  ///< where in a row it begins; a row's elements
    std::int64_t output_first = 0, output_row = 0;
  };

  explicit PieceStep(Piece piece) : piece_(std::move(piece)) {}

  [[nodiscard]] std::vector<Storage> touched() const override;
  void bind(const AddressOf& address_of) override;
  void run() override;
  [[nodiscard]] std::string implementation() const override { return "copy"; }

 private:
  Piece piece_;
  const float* input_ = nullptr;
  float* output_ = nullptr;
};

}  // namespace sotto::cpu

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "run/backends/cpu/steps/step.h"

namespace sotto::cpu {

/// Copies a piece of every row of one value into a piece of every row of another; both are dense
/// float32.
class PieceStep : public Step {
 public:
  struct Piece {
    Operand input, output;
    std::int64_t rows = 0;
    std::int64_t elements = 0;                    ///< copied of each row
    std::int64_t input_first = 0, input_row = 0;  ///< where in a row it begins; a row's elements
    std::int64_t output_first = 0, output_row = 0;
  };

  explicit PieceStep(Piece piece)
      : Step({piece.input.storage, piece.output.storage}), piece_(std::move(piece)) {}

  void run(ThreadPool& threads) override;
  [[nodiscard]] std::string_view kind() const override { return "piece"; }
  [[nodiscard]] std::string implementation() const override { return "copy"; }

 private:
  Piece piece_;
};

}  // namespace sotto::cpu

#include <utility>

#include "run/backends/cpu/prepare/prepare.h"
#include "run/backends/cpu/steps/piece_step.h"

// What puts pieces together and takes them out: copies.

namespace sotto::cpu {
namespace {

/// A value as rows that each hold, one after another, all places along `axis`.
struct Pieces {
  std::int64_t count = 0;     ///< rows
  std::int64_t place = 0;     ///< elements of one place along the axis
  std::int64_t elements = 0;  ///< of a row
};

Pieces rows_of(const Shape& shape, std::int64_t axis) {
  const auto begin = shape.begin() + axis;
  const std::int64_t place = num_elements({begin + 1, shape.end()});
  return {num_elements({shape.begin(), begin}), place, *begin * place};
}

}  // namespace

void prepare(const op::Concat& joined, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& shape = graph.shape(id);
  const Pieces whole = rows_of(shape, joined.axis);
  const Operand output = preparation.write(id, dense_layout(shape));
  std::int64_t first = 0;
  for (const ValueId input : joined.inputs) {
    const Pieces piece = rows_of(graph.shape(input), joined.axis);
    preparation.add(std::make_unique<PieceStep>(
        PieceStep::Piece{preparation.read_dense(input, graph.shape(input)), output, whole.count,
                         piece.elements, 0, piece.elements, first, whole.elements}));
    first += piece.elements;
  }
}

void prepare(const op::Slice& slice, ValueId id, Preparation& preparation) {
  const Graph& graph = preparation.graph();
  const Shape& from = graph.shape(slice.input);
  const Pieces whole = rows_of(from, slice.axis);
  const std::int64_t elements = slice.count * whole.place;
  const Operand input = preparation.read_dense(slice.input, from);
  const Operand output = preparation.write(id, dense_layout(graph.shape(id)));
  preparation.add(std::make_unique<PieceStep>(PieceStep::Piece{input, output, whole.count, elements,
                                                               slice.first * whole.place,
                                                               whole.elements, 0, elements}));
}

}  // namespace sotto::cpu

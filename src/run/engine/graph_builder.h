#pragma once

#include <cstdint>
#include <span>

#include "core/base/tensor.h"
#include "core/bundle/graph_table.h"
#include "core/graph/graph.h"

namespace sotto {

/// The graphs of a model, built from its weights: what a host can do, and a device need not. Any
/// number of threads may ask at once.
class GraphBuilder {
 public:
  /// The decoder cut where its work recurs, for a back end that keeps state.
  enum class Piece {
    cross_projection,  ///< encoder output → keys and values of a window, kept in every layer's
                       ///< cache
    layers,            ///< new rows, over caches that the graph writes to → the rows after them
    head,              ///< rows → logits
  };

  virtual ~GraphBuilder() = default;
  GraphBuilder() = default;
  GraphBuilder(const GraphBuilder&) = delete;
  GraphBuilder& operator=(const GraphBuilder&) = delete;

  /// A graph of the table, but alignment; `length` is the extent of its variable axis, 0 for the
  /// longest, and ignored where it has none.
  [[nodiscard]] virtual Graph build(GraphKind kind, std::int64_t length) const = 0;
  /// The alignment graph of these layers.
  [[nodiscard]] virtual Graph build_alignment(std::span<const std::int64_t> layers,
                                              std::int64_t length) const = 0;
  /// A piece over so many rows, 0 for the most.
  [[nodiscard]] virtual Graph build_piece(Piece piece, std::int64_t rows) const = 0;
  /// The decoder's positions, [n_text_ctx, n_text_state].
  [[nodiscard]] virtual TensorView positions() const = 0;
};

}  // namespace sotto

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>

#include "model/checkpoint/checkpoint.h"
#include "run/engine/graph_builder.h"

namespace sotto {

/// The graphs of a checkpoint, as model/whisper builds them.
class CheckpointGraphs : public GraphBuilder {
 public:
  /// What its graphs are built for.
  struct Window {
    std::int64_t frames = 0;          ///< mel frames of the encoder's window
    std::int64_t prefill_tokens = 0;  ///< that the prefill graph takes at once
  };

  /// `read` gives the checkpoint; it is called when a graph is first asked for.
  CheckpointGraphs(std::function<std::shared_ptr<const Checkpoint>()> read, Window window);

  [[nodiscard]] Graph build(GraphKind kind, std::int64_t length) const override;
  [[nodiscard]] Graph build_alignment(std::span<const std::int64_t> layers,
                                      std::int64_t length) const override;
  [[nodiscard]] Graph build_piece(Piece piece, std::int64_t rows) const override;
  [[nodiscard]] TensorView positions() const override;

 private:
  [[nodiscard]] const Checkpoint& checkpoint() const;

  std::function<std::shared_ptr<const Checkpoint>()> read_;
  Window window_;
  mutable std::mutex reading_;
  mutable std::shared_ptr<const Checkpoint> checkpoint_;
};

}  // namespace sotto

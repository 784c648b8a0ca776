#include "run/engine/checkpoint/checkpoint_graphs.h"

#include <utility>

#include "core/base/error.h"
#include "model/whisper/alignment_decoder.h"
#include "model/whisper/builders.h"
#include "model/whisper/kv_builders.h"
#include "model/whisper/stateful_builders.h"

namespace sotto {

CheckpointGraphs::CheckpointGraphs(std::function<std::shared_ptr<const Checkpoint>()> read,
                                   Window window)
    : read_(std::move(read)), window_(window) {}

const Checkpoint& CheckpointGraphs::checkpoint() const {
  const std::lock_guard lock(reading_);
  if (checkpoint_ == nullptr) checkpoint_ = read_();
  return *checkpoint_;
}

Graph CheckpointGraphs::build(GraphKind kind, std::int64_t length) const {
  const Checkpoint& weights = checkpoint();
  const std::int64_t audio = window_.frames / 2;
  switch (kind) {
    case GraphKind::encoder:
      return build_encoder_core(weights, window_.frames);
    case GraphKind::decoder:
      return build_decoder_core(weights, {length, audio});
    case GraphKind::crosskv:
      return build_crosskv_encoder(weights, window_.frames);
    case GraphKind::step:
      return build_kv_decoder(weights, {1, audio});
    case GraphKind::prefill:
      return build_kv_decoder(weights, {window_.prefill_tokens, audio});
    case GraphKind::alignment:
      break;
  }
  fail(ErrorKind::internal, "an alignment graph of no layers");
}

Graph CheckpointGraphs::build_alignment(std::span<const std::int64_t> layers,
                                        std::int64_t length) const {
  return build_alignment_decoder(checkpoint(), layers, {length, window_.frames / 2});
}

Graph CheckpointGraphs::build_piece(Piece piece, std::int64_t rows) const {
  const std::int64_t audio = window_.frames / 2;
  switch (piece) {
    case Piece::cross_projection:
      return build_cross_projection(checkpoint(), audio);
    case Piece::layers:
      return build_stateful_decoder(checkpoint(), {rows, audio});
    case Piece::head:
      return build_decoder_head(checkpoint(), rows);
  }
  fail(ErrorKind::internal, "a piece of no kind");
}

TensorView CheckpointGraphs::positions() const {
  return checkpoint().tensors.at("decoder.positional_embedding");
}

}  // namespace sotto

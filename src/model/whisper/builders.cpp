#include "model/whisper/builders.h"

#include <optional>
#include <string>

#include "core/base/error.h"
#include "model/whisper/blocks.h"
#include "model/whisper/layer_builder.h"

namespace sotto {

Graph build_encoder_core(const Checkpoint& checkpoint, std::int64_t frames) {
  Graph graph("WhisperEncoderCore");
  graph.add_output(add_encoder(graph, checkpoint, frames));
  verify(graph);
  return graph;
}

Graph build_decoder_core(const Checkpoint& checkpoint, const DecoderCoreOptions& options) {
  const WhisperDims& dims = checkpoint.dims;
  Graph graph("WhisperDecoderCore");
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);

  const DecoderStart start = begin_decoder(build, graph, dims, options);
  ValueId x = start.x;
  for (std::int64_t layer = 0; layer < dims.n_text_layer; ++layer) {
    const std::string block = concat("blocks.", layer);
    x = add_self_attention(build, block, x, start.mask);
    x = add_cross_attention(build, block, x, start.encoder_output);
    x = add_mlp(build, block, x);
  }
  x = build.layer_norm("ln", x);
  const ValueId projection = build.weight("token_embedding.weight");
  graph.add_output(graph.add("logits", op::Linear{x, projection, std::nullopt}));
  verify(graph);
  return graph;
}

}  // namespace sotto

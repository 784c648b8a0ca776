#include "model/whisper/builders.h"

#include <optional>
#include <string>

#include "core/base/error.h"
#include "model/whisper/blocks.h"
#include "model/whisper/core_builder.h"

namespace sotto {

Graph build_encoder_core(const Checkpoint& checkpoint, std::int64_t frames) {
  const WhisperDims& dims = checkpoint.dims;
  if (frames == 0) frames = 2 * dims.n_audio_ctx;
  if (frames < 2 || frames % 2 != 0 || frames > 2 * dims.n_audio_ctx) {
    fail(ErrorKind::usage, "expected an even number of mel frames from 2 to ", 2 * dims.n_audio_ctx,
         ", found ", frames);
  }
  Graph graph("WhisperEncoderCore");
  CoreBuilder build(checkpoint, "encoder.", graph, dims.n_audio_head);

  ValueId x = graph.add_input("mel", {1, dims.n_mels, frames});
  x = build.conv_gelu("conv1", x, 1);
  x = build.conv_gelu("conv2", x, 2);
  x = graph.add("rows", op::Transpose{x, {0, 2, 1}});
  const TensorView& positions = checkpoint.tensors.at("encoder.positional_embedding");
  x = build.add("embedded", x,
                graph.add_constant("positional_embedding", slice_rows(positions, 0, frames / 2)));
  for (std::int64_t layer = 0; layer < dims.n_audio_layer; ++layer) {
    const std::string block = concat("blocks.", layer);
    x = add_self_attention(build, block, x, std::nullopt);
    x = add_mlp(build, block, x);
  }
  graph.add_output(build.layer_norm("ln_post", x, "encoder_output"));
  verify(graph);
  return graph;
}

Graph build_decoder_core(const Checkpoint& checkpoint, const DecoderCoreOptions& options) {
  const WhisperDims& dims = checkpoint.dims;
  Graph graph("WhisperDecoderCore");
  CoreBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);

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

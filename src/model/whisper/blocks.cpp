#include "model/whisper/blocks.h"

#include <utility>
#include <vector>

#include "core/base/error.h"

namespace sotto {
namespace {

TensorView causal_mask(std::int64_t length) {
  std::vector<float> mask(static_cast<std::size_t>(length * length), 0.0F);
  for (std::int64_t query = 0; query < length; ++query) {
    for (std::int64_t key = query + 1; key < length; ++key) {
      mask[static_cast<std::size_t>(query * length + key)] = kMaskedScore;
    }
  }
  return own_values({length, length}, std::move(mask));
}

}  // namespace

ValueId add_self_attention(LayerBuilder& build, const std::string& block, ValueId x,
                           std::optional<ValueId> mask) {
  const ValueId normed = build.layer_norm(block + ".attn_ln", x);
  const ValueId attended = build.attention(block + ".attn", normed, normed, mask);
  return build.add(block + ".attn.residual", x, attended);
}

ValueId add_cross_attention(LayerBuilder& build, const std::string& block, ValueId x,
                            ValueId encoder_output) {
  const ValueId normed = build.layer_norm(block + ".cross_attn_ln", x);
  const ValueId crossed =
      build.attention(block + ".cross_attn", normed, encoder_output, std::nullopt);
  return build.add(block + ".cross_attn.residual", x, crossed);
}

ValueId add_mlp(LayerBuilder& build, const std::string& block, ValueId x) {
  const ValueId mixed = build.mlp(block, build.layer_norm(block + ".mlp_ln", x));
  return build.add(block + ".mlp.residual", x, mixed);
}

ValueId add_encoder(Graph& graph, const Checkpoint& checkpoint, std::int64_t frames) {
  const WhisperDims& dims = checkpoint.dims;
  if (frames == 0) frames = 2 * dims.n_audio_ctx;
  if (frames < 2 || frames % 2 != 0 || frames > 2 * dims.n_audio_ctx) {
    fail(ErrorKind::usage, "expected an even number of mel frames from 2 to ", 2 * dims.n_audio_ctx,
         ", found ", frames);
  }
  LayerBuilder build(checkpoint, "encoder.", graph, dims.n_audio_head);
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
  return build.layer_norm("ln_post", x, "encoder_output");
}

DecoderStart begin_decoder(LayerBuilder& build, Graph& graph, const WhisperDims& dims,
                           const DecoderCoreOptions& options) {
  const std::int64_t length = options.length == 0 ? dims.n_text_ctx : options.length;
  const std::int64_t audio = options.audio_length == 0 ? dims.n_audio_ctx : options.audio_length;
  check_length("a decoder length", length, dims.n_text_ctx);
  check_length("a length of the encoder's output", audio, dims.n_audio_ctx);

  const ValueId embeddings = graph.add_input("token_embeddings", {1, length, dims.n_text_state});
  const ValueId encoder_output = graph.add_input("encoder_output", {1, audio, dims.n_audio_state});
  graph.set_variable_axis({embeddings, 1});

  const ValueId table = build.weight("positional_embedding");
  const ValueId positions = graph.add("positions", op::TakeLike{table, embeddings, 0, 1});
  const ValueId whole_mask = graph.add_constant("causal_mask", causal_mask(dims.n_text_ctx));
  const ValueId mask_rows = graph.add("mask.rows", op::TakeLike{whole_mask, embeddings, 0, 1});
  const ValueId mask = graph.add("mask", op::TakeLike{mask_rows, embeddings, 1, 1});
  return {build.add("embedded", embeddings, positions), encoder_output, mask};
}

}  // namespace sotto

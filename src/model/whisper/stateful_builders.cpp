#include "model/whisper/stateful_builders.h"

#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "model/whisper/layer_builder.h"

namespace sotto {
namespace {

std::string block_name(std::int64_t layer) { return concat("blocks.", layer); }

std::int64_t audio_length_of(const WhisperDims& dims, std::int64_t wanted) {
  const std::int64_t length = wanted == 0 ? dims.n_audio_ctx : wanted;
  check_length("a length of the encoder's output", length, dims.n_audio_ctx);
  return length;
}

std::int64_t rows_of(const WhisperDims& dims, std::int64_t wanted) {
  const std::int64_t length = wanted == 0 ? dims.n_text_ctx : wanted;
  check_length("a decoder length", length, dims.n_text_ctx);
  return length;
}

/// What a layer reads besides its rows.
struct LayerInputs {
  ValueId cross_key, cross_value;  ///< [1, heads, audio length, width]
  ValueId key_cache, value_cache;
};

std::vector<LayerInputs> add_layer_inputs(Graph& graph, const WhisperDims& dims,
                                          std::int64_t audio_length) {
  const std::int64_t heads = dims.n_text_head;
  const Shape cross{1, heads, audio_length, dims.n_text_state / heads};
  const Shape cache{1, dims.n_text_ctx, dims.n_text_state};
  std::vector<LayerInputs> inputs(static_cast<std::size_t>(dims.n_text_layer));
  for (std::size_t layer = 0; layer < inputs.size(); ++layer) {
    const std::string name = block_name(static_cast<std::int64_t>(layer)) + ".cross_attn";
    inputs[layer].cross_key = graph.add_input(name + ".key.heads", cross);
    inputs[layer].cross_value = graph.add_input(name + ".value.heads", cross);
  }
  for (std::size_t layer = 0; layer < inputs.size(); ++layer) {
    const std::string name = block_name(static_cast<std::int64_t>(layer)) + ".attn";
    inputs[layer].key_cache = graph.add_input(name + ".key_cache", cache);
    inputs[layer].value_cache = graph.add_input(name + ".value_cache", cache);
  }
  return inputs;
}

/// The layers of the cached decoder.
class CachedLayers {
 public:
  CachedLayers(Graph& graph, LayerBuilder& build, ValueId slots, std::int64_t heads)
      : graph_(graph), build_(build), slots_(slots), heads_(heads) {}

  ValueId layer(const std::string& block, ValueId x, const LayerInputs& inputs) {
    const ValueId normed = build_.layer_norm(block + ".attn_ln", x);
    x = build_.add(block + ".attn.residual", x, attend_to_text(block + ".attn", normed, inputs));
    const ValueId crossed = build_.layer_norm(block + ".cross_attn_ln", x);
    x = build_.add(block + ".cross_attn.residual", x,
                   attend_to_audio(block + ".cross_attn", crossed, inputs));
    const ValueId mixed = build_.mlp(block, build_.layer_norm(block + ".mlp_ln", x));
    return build_.add(block + ".mlp.residual", x, mixed);
  }

 private:
  ValueId attend_to_text(const std::string& name, ValueId x, const LayerInputs& inputs) {
    const ValueId query = build_.scaled_query(name, x);
    const ValueId key = build_.linear_without_bias(name + ".key", x);
    const ValueId value = build_.linear(name + ".value", x);
    const ValueId mixed =
        graph_.add(name + ".mixed", op::CachedAttention{query, key, value, inputs.key_cache,
                                                        inputs.value_cache, slots_, heads_});
    return build_.linear(name + ".out", mixed);
  }

  ValueId attend_to_audio(const std::string& name, ValueId x, const LayerInputs& inputs) {
    const ValueId query =
        build_.split_heads(name + ".query", build_.scaled_query(name, x), {0, 2, 1, 3});
    const ValueId key =
        graph_.add(name + ".key.columns", op::Transpose{inputs.cross_key, {0, 1, 3, 2}});
    const ValueId mixed = build_.attend(name, {query, key, inputs.cross_value, std::nullopt});
    return build_.linear(name + ".out", mixed);
  }

  Graph& graph_;
  LayerBuilder& build_;
  ValueId slots_;
  std::int64_t heads_;
};

}  // namespace

Graph build_cross_projection(const Checkpoint& checkpoint, std::int64_t audio_length) {
  const WhisperDims& dims = checkpoint.dims;
  Graph graph("WhisperCrossProjection");
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);
  const ValueId audio = graph.add_input(
      "encoder_output", {1, audio_length_of(dims, audio_length), dims.n_audio_state});
  for (std::int64_t layer = 0; layer < dims.n_text_layer; ++layer) {
    const std::string name = block_name(layer) + ".cross_attn";
    const ValueId key = build.linear_without_bias(name + ".key", audio);
    graph.add_output(build.split_heads(name + ".key", key, {0, 2, 1, 3}));
    const ValueId value = build.linear(name + ".value", audio);
    graph.add_output(build.split_heads(name + ".value", value, {0, 2, 1, 3}));
  }
  verify(graph);
  return graph;
}

Graph build_stateful_decoder(const Checkpoint& checkpoint, const DecoderCoreOptions& options) {
  const WhisperDims& dims = checkpoint.dims;
  const std::int64_t rows = rows_of(dims, options.length);
  const std::int64_t audio_length = audio_length_of(dims, options.audio_length);
  Graph graph("WhisperStatefulDecoder");
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);

  ValueId x = graph.add_input("embedded", {1, rows, dims.n_text_state});
  const ValueId slots = graph.add_input("slots", {rows, dims.n_text_ctx}, DType::int32);
  graph.set_variable_axis({x, 1});
  graph.tie_to_variable_axis({slots, 0});
  const auto inputs = add_layer_inputs(graph, dims, audio_length);

  CachedLayers layers(graph, build, slots, dims.n_text_head);
  for (std::size_t layer = 0; layer < inputs.size(); ++layer) {
    x = layers.layer(block_name(static_cast<std::int64_t>(layer)), x, inputs[layer]);
  }
  graph.add_output(x);
  verify(graph);
  return graph;
}

Graph build_decoder_head(const Checkpoint& checkpoint, std::int64_t length) {
  const WhisperDims& dims = checkpoint.dims;
  Graph graph("WhisperDecoderHead");
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);
  const ValueId hidden = graph.add_input("hidden", {1, rows_of(dims, length), dims.n_text_state});
  graph.set_variable_axis({hidden, 1});
  const ValueId normed = build.layer_norm("ln", hidden);
  const ValueId projection = build.weight("token_embedding.weight");
  graph.add_output(graph.add("logits", op::Linear{normed, projection, std::nullopt}));
  verify(graph);
  return graph;
}

}  // namespace sotto

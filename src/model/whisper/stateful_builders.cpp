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
  ValueId audio_keys, audio_values;
  ValueId key_cache, value_cache;
};

/// Two inputs a layer for what is kept of windows.
void add_audio_inputs(Graph& graph, const WhisperDims& dims, std::int64_t audio_length,
                      std::vector<LayerInputs>& inputs) {
  const Shape cache{1, audio_length, dims.n_text_state};
  for (std::size_t layer = 0; layer < inputs.size(); ++layer) {
    const std::string name = block_name(static_cast<std::int64_t>(layer)) + ".cross_attn";
    inputs[layer].audio_keys = graph.add_input(name + ".keys", cache);
    inputs[layer].audio_values = graph.add_input(name + ".values", cache);
  }
}

std::vector<LayerInputs> add_layer_inputs(Graph& graph, const WhisperDims& dims,
                                          std::int64_t audio_length) {
  const Shape cache{1, dims.n_text_ctx, dims.n_text_state};
  std::vector<LayerInputs> inputs(static_cast<std::size_t>(dims.n_text_layer));
  add_audio_inputs(graph, dims, audio_length, inputs);
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
  /// By row, the places in the caches and the window.
  struct Tables {
    ValueId slots, windows;
  };
  CachedLayers(Graph& graph, LayerBuilder& build, const Tables& tables, std::int64_t heads)
      : graph_(graph), build_(build), tables_(tables), heads_(heads) {}

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
                                                        inputs.value_cache, tables_.slots, heads_});
    return build_.linear(name + ".out", mixed);
  }

  ValueId attend_to_audio(const std::string& name, ValueId x, const LayerInputs& inputs) {
    const ValueId query = build_.scaled_query(name, x);
    const ValueId mixed = graph_.add(
        name + ".mixed", op::WindowAttention{query, inputs.audio_keys, inputs.audio_values,
                                             tables_.windows, heads_});
    return build_.linear(name + ".out", mixed);
  }

  Graph& graph_;
  LayerBuilder& build_;
  Tables tables_;
  std::int64_t heads_;
};

}  // namespace

Graph build_cross_projection(const Checkpoint& checkpoint, std::int64_t audio_length) {
  const WhisperDims& dims = checkpoint.dims;
  Graph graph("WhisperCrossProjection");
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);
  const std::int64_t length = audio_length_of(dims, audio_length);
  const ValueId audio = graph.add_input("encoder_output", {1, length, dims.n_audio_state});
  const ValueId window = graph.add_input("window", {1}, DType::int32);
  std::vector<LayerInputs> inputs(static_cast<std::size_t>(dims.n_text_layer));
  add_audio_inputs(graph, dims, length, inputs);
  const auto keep = [&](const std::string& name, const op::KeepRows& rows) {
    graph.add_output(graph.add(name + ".kept", rows));
  };
  for (std::size_t layer = 0; layer < inputs.size(); ++layer) {
    const std::string name = block_name(static_cast<std::int64_t>(layer)) + ".cross_attn";
    using Kind = op::KeepRows::Kind;
    const ValueId key = build.linear_without_bias(name + ".key", audio);
    keep(name + ".key", {key, inputs[layer].audio_keys, window, dims.n_text_head, Kind::keys});
    const ValueId value = build.linear(name + ".value", audio);
    keep(name + ".value",
         {value, inputs[layer].audio_values, window, dims.n_text_head, Kind::values});
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
  const ValueId windows = graph.add_input("windows", {rows}, DType::int32);
  graph.set_variable_axis({x, 1});
  graph.tie_to_variable_axis({slots, 0});
  graph.tie_to_variable_axis({windows, 0});
  const auto inputs = add_layer_inputs(graph, dims, audio_length);

  CachedLayers layers(graph, build, {slots, windows}, dims.n_text_head);
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

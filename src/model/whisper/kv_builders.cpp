#include "model/whisper/kv_builders.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "model/whisper/blocks.h"
#include "model/whisper/layer_builder.h"

namespace sotto {
namespace {

/// The layers' tensors one after another.
ValueId stack(Graph& graph, const std::string& name, const std::vector<ValueId>& layers) {
  return graph.add(name, op::Concat{layers, 0});
}

/// The decoder over new tokens, and what its layers give besides their rows.
class KvLayers {
 public:
  KvLayers(const Checkpoint& checkpoint, Graph& graph, const KvDecoderOptions& options)
      : dims_(checkpoint.dims),
        graph_(graph),
        build_(checkpoint, "decoder.", graph, dims_.n_text_head),
        tokens_(options.tokens) {
    const std::int64_t audio = options.audio_length == 0 ? dims_.n_audio_ctx : options.audio_length;
    check_length("a number of tokens", tokens_, dims_.n_text_ctx);
    check_length("a length of the encoder's output", audio, dims_.n_audio_ctx);
    add_inputs(audio);
  }

  void build() {
    ValueId x = build_.add("embedded", token_, position_);
    for (std::int64_t layer = 0; layer < dims_.n_text_layer; ++layer) x = add_layer(layer, x);
    if (tokens_ > 1) x = graph_.add("last", op::Slice{x, 1, tokens_ - 1, 1});
    x = build_.layer_norm("ln", x);
    const ValueId projection = build_.weight("token_embedding.weight");
    graph_.add_output(graph_.add("logits", op::Linear{x, projection, std::nullopt}));
    graph_.add_output(stack(graph_, "new_keys", new_keys_));
    graph_.add_output(stack(graph_, "new_values", new_values_));
  }

 private:
  void add_inputs(std::int64_t audio) {
    const std::int64_t layers = dims_.n_text_layer, heads = dims_.n_text_head;
    const std::int64_t state = dims_.n_text_state, context = dims_.n_text_ctx;
    const std::int64_t width = state / heads;
    token_ = graph_.add_input("token_embedding", {1, tokens_, state});
    position_ = graph_.add_input("position_embedding", {1, tokens_, state});
    self_keys_ = graph_.add_input("self_keys", {layers, 1, context, state});
    self_values_ = graph_.add_input("self_values", {layers, 1, context, state});
    const ValueId mask = graph_.add_input("self_mask", {1, 1, tokens_, context + tokens_});
    mask_ = graph_.add("mask.rows", op::Reshape{mask, {tokens_, context + tokens_}});
    cross_keys_ = graph_.add_input("cross_keys", {layers, heads, width, audio});
    cross_values_ = graph_.add_input("cross_values", {layers, heads, audio, width});
  }

  ValueId add_layer(std::int64_t layer, ValueId x) {
    const std::string block = concat("blocks.", layer);
    const ValueId normed = build_.layer_norm(block + ".attn_ln", x);
    x = build_.add(block + ".attn.residual", x, attend_to_text(layer, block + ".attn", normed));
    const ValueId crossed = build_.layer_norm(block + ".cross_attn_ln", x);
    x = build_.add(block + ".cross_attn.residual", x,
                   attend_to_audio(layer, block + ".cross_attn", crossed));
    return add_mlp(build_, block, x);
  }

  ValueId attend_to_text(std::int64_t layer, const std::string& name, ValueId x) {
    const ValueId query = query_heads(name, x);
    const ValueId key = whole(layer, name + ".key", build_.linear_without_bias(name + ".key", x),
                              {self_keys_, new_keys_});
    const ValueId value = whole(layer, name + ".value", build_.linear(name + ".value", x),
                                {self_values_, new_values_});
    const ValueId mixed =
        build_.attend(name, {query, build_.split_heads(name + ".key", key, {0, 2, 3, 1}),
                             build_.split_heads(name + ".value", value, {0, 2, 1, 3}), mask_});
    return build_.linear(name + ".out", mixed);
  }

  ValueId attend_to_audio(std::int64_t layer, const std::string& name, ValueId x) {
    const ValueId query = query_heads(name, x);
    const ValueId key = graph_.add(name + ".key", op::Slice{cross_keys_, 0, layer, 1});
    const ValueId value = graph_.add(name + ".value", op::Slice{cross_values_, 0, layer, 1});
    return build_.linear(name + ".out", build_.attend(name, {query, key, value, std::nullopt}));
  }

  ValueId query_heads(const std::string& name, ValueId x) {
    return build_.split_heads(name + ".query", build_.scaled_query(name, x), {0, 2, 1, 3});
  }

  struct Cache {
    ValueId cached;
    std::vector<ValueId>& fresh;
  };

  /// The cached rows of a layer, then the new ones: [1, C + T, D].
  ValueId whole(std::int64_t layer, const std::string& name, ValueId rows, const Cache& cache) {
    const std::int64_t state = dims_.n_text_state, context = dims_.n_text_ctx;
    cache.fresh.push_back(graph_.add(name + ".new", op::Reshape{rows, {1, 1, tokens_, state}}));
    const ValueId old = graph_.add(name + ".cached", op::Slice{cache.cached, 0, layer, 1});
    const ValueId all = graph_.add(name + ".all", op::Concat{{old, cache.fresh.back()}, 2});
    return graph_.add(name + ".rows", op::Reshape{all, {1, context + tokens_, state}});
  }

  const WhisperDims& dims_;
  Graph& graph_;
  LayerBuilder build_;
  std::int64_t tokens_;
  ValueId token_, position_, self_keys_, self_values_, mask_, cross_keys_, cross_values_;
  std::vector<ValueId> new_keys_, new_values_;  ///< by layer
};

}  // namespace

Graph build_crosskv_encoder(const Checkpoint& checkpoint, std::int64_t frames) {
  const WhisperDims& dims = checkpoint.dims;
  Graph graph("WhisperCrossKvEncoder");
  const ValueId audio = add_encoder(graph, checkpoint, frames);
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);
  std::vector<ValueId> keys, values;
  for (std::int64_t layer = 0; layer < dims.n_text_layer; ++layer) {
    const std::string name = concat("blocks.", layer, ".cross_attn");
    keys.push_back(build.split_heads(name + ".key", build.linear_without_bias(name + ".key", audio),
                                     {0, 2, 3, 1}));
    values.push_back(
        build.split_heads(name + ".value", build.linear(name + ".value", audio), {0, 2, 1, 3}));
  }
  graph.add_output(stack(graph, "cross_keys", keys));
  graph.add_output(stack(graph, "cross_values", values));
  verify(graph);
  return graph;
}

Graph build_kv_decoder(const Checkpoint& checkpoint, const KvDecoderOptions& options) {
  Graph graph(options.tokens == 1 ? "WhisperDecoderStep" : "WhisperDecoderPrefill");
  KvLayers(checkpoint, graph, options).build();
  verify(graph);
  return graph;
}

}  // namespace sotto

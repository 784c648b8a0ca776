#include "model/whisper/builders.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "core/base/error.h"

namespace sotto {
namespace {

/// Writes one half of the model, as the paper has it, node by node. Constants carry their names in
/// the checkpoint without the half's prefix.
class CoreBuilder {
 public:
  CoreBuilder(const Checkpoint& checkpoint, std::string prefix, Graph& graph, std::int64_t heads)
      : checkpoint_(checkpoint), prefix_(std::move(prefix)), graph_(graph), heads_(heads) {}

  ValueId weight(const std::string& name) {
    return graph_.add_constant(name, checkpoint_.tensors.at(prefix_ + name));
  }

  ValueId conv_gelu(const std::string& name, ValueId x, std::int64_t stride) {
    const ValueId kernel = weight(name + ".weight");
    const ValueId bias = weight(name + ".bias");
    x = graph_.add(name, op::Conv1d{x, kernel, bias, stride, 1});
    return graph_.add(name + ".gelu", op::Gelu{x});
  }

  ValueId layer_norm(const std::string& name, ValueId x) { return layer_norm(name, x, name); }

  ValueId layer_norm(const std::string& name, ValueId x, const std::string& output) {
    const ValueId gain = weight(name + ".weight");
    const ValueId bias = weight(name + ".bias");
    return graph_.add(output, op::LayerNorm{x, gain, bias});
  }

  ValueId linear(const std::string& name, ValueId x) {
    const ValueId matrix = weight(name + ".weight");
    return graph_.add(name, op::Linear{x, matrix, weight(name + ".bias")});
  }

  ValueId linear_without_bias(const std::string& name, ValueId x) {
    return graph_.add(name, op::Linear{x, weight(name + ".weight"), std::nullopt});
  }

  /// Multi-head attention of `x` over `source`; `mask` [queries, keys] is added to the scores.
  ValueId attention(const std::string& name, ValueId x, ValueId source,
                    std::optional<ValueId> mask) {
    const Shape shape = graph_.shape(x);
    const std::int64_t head_width = shape.back() / heads_;
    ValueId query = linear(name + ".query", x);
    query = graph_.add(name + ".query.scaled",
                       op::Scale{query, 1.0F / std::sqrt(static_cast<float>(head_width))});
    query = split_heads(name + ".query", query, {0, 2, 1, 3});
    const ValueId key =
        split_heads(name + ".key", linear_without_bias(name + ".key", source), {0, 2, 3, 1});
    const ValueId value =
        split_heads(name + ".value", linear(name + ".value", source), {0, 2, 1, 3});

    ValueId scores = graph_.add(name + ".scores", op::MatMul{query, key});
    if (mask) scores = graph_.add(name + ".scores.masked", op::Add{scores, *mask});
    const ValueId weights = graph_.add(name + ".weights", op::Softmax{scores});
    ValueId mixed = graph_.add(name + ".mixed", op::MatMul{weights, value});
    mixed = graph_.add(name + ".mixed.by_row", op::Transpose{mixed, {0, 2, 1, 3}});
    mixed = graph_.add(name + ".mixed.rows", op::Reshape{mixed, shape});
    return linear(name + ".out", mixed);
  }

  ValueId mlp(const std::string& block, ValueId x) {
    x = linear(block + ".mlp.0", x);
    x = graph_.add(block + ".mlp.1", op::Gelu{x});
    return linear(block + ".mlp.2", x);
  }

  ValueId add(const std::string& name, ValueId x, ValueId y) {
    return graph_.add(name, op::Add{x, y});
  }

 private:
  // [1, rows, state] → [1, rows, heads, width], then its axes in `order`.
  ValueId split_heads(const std::string& name, ValueId x, std::vector<std::int64_t> order) {
    const Shape shape = graph_.shape(x);
    const Shape split{1, shape[1], heads_, shape[2] / heads_};
    x = graph_.add(name + ".split", op::Reshape{x, split});
    return graph_.add(name + ".heads", op::Transpose{x, std::move(order)});
  }

  const Checkpoint& checkpoint_;
  std::string prefix_;
  Graph& graph_;
  std::int64_t heads_;
};

ValueId encoder_block(CoreBuilder& build, const std::string& block, ValueId x) {
  const ValueId normed = build.layer_norm(block + ".attn_ln", x);
  const ValueId attended = build.attention(block + ".attn", normed, normed, std::nullopt);
  x = build.add(block + ".attn.residual", x, attended);
  const ValueId mixed = build.mlp(block, build.layer_norm(block + ".mlp_ln", x));
  return build.add(block + ".mlp.residual", x, mixed);
}

struct DecoderContext {
  ValueId encoder_output;
  ValueId mask;
};

ValueId decoder_block(CoreBuilder& build, const std::string& block, ValueId x,
                      const DecoderContext& context) {
  const ValueId normed = build.layer_norm(block + ".attn_ln", x);
  const ValueId attended = build.attention(block + ".attn", normed, normed, context.mask);
  x = build.add(block + ".attn.residual", x, attended);
  const ValueId crossed =
      build.attention(block + ".cross_attn", build.layer_norm(block + ".cross_attn_ln", x),
                      context.encoder_output, std::nullopt);
  x = build.add(block + ".cross_attn.residual", x, crossed);
  const ValueId mixed = build.mlp(block, build.layer_norm(block + ".mlp_ln", x));
  return build.add(block + ".mlp.residual", x, mixed);
}

// Row q of the mask lets query q see the keys up to itself.
TensorView causal_mask(std::int64_t length) {
  std::vector<float> mask(static_cast<std::size_t>(length * length), 0.0F);
  for (std::int64_t query = 0; query < length; ++query) {
    for (std::int64_t key = query + 1; key < length; ++key) {
      mask[static_cast<std::size_t>(query * length + key)] = kMaskedScore;
    }
  }
  return own_values({length, length}, std::move(mask));
}

void check_length(std::string_view what, std::int64_t length, std::int64_t most) {
  if (length < 1 || length > most) {
    fail(ErrorKind::usage, "expected ", what, " from 1 to ", most, ", found ", length);
  }
}

}  // namespace

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
    x = encoder_block(build, concat("blocks.", layer), x);
  }
  graph.add_output(build.layer_norm("ln_post", x, "encoder_output"));
  verify(graph);
  return graph;
}

Graph build_decoder_core(const Checkpoint& checkpoint, const DecoderCoreOptions& options) {
  const WhisperDims& dims = checkpoint.dims;
  const std::int64_t length = options.length == 0 ? dims.n_text_ctx : options.length;
  const std::int64_t audio = options.audio_length == 0 ? dims.n_audio_ctx : options.audio_length;
  check_length("a decoder length", length, dims.n_text_ctx);
  check_length("a length of the encoder's output", audio, dims.n_audio_ctx);

  Graph graph("WhisperDecoderCore");
  CoreBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);

  const ValueId embeddings = graph.add_input("token_embeddings", {1, length, dims.n_text_state});
  const ValueId encoder_output = graph.add_input("encoder_output", {1, audio, dims.n_audio_state});
  graph.set_variable_axis({embeddings, 1});

  const ValueId table = build.weight("positional_embedding");
  const ValueId positions = graph.add("positions", op::TakeLike{table, embeddings, 0, 1});
  const ValueId whole_mask = graph.add_constant("causal_mask", causal_mask(dims.n_text_ctx));
  const ValueId mask_rows = graph.add("mask.rows", op::TakeLike{whole_mask, embeddings, 0, 1});
  const ValueId mask = graph.add("mask", op::TakeLike{mask_rows, embeddings, 1, 1});

  ValueId x = build.add("embedded", embeddings, positions);
  for (std::int64_t layer = 0; layer < dims.n_text_layer; ++layer) {
    x = decoder_block(build, concat("blocks.", layer), x, {encoder_output, mask});
  }
  x = build.layer_norm("ln", x);
  const ValueId projection = build.weight("token_embedding.weight");
  graph.add_output(graph.add("logits", op::Linear{x, projection, std::nullopt}));
  verify(graph);
  return graph;
}

}  // namespace sotto

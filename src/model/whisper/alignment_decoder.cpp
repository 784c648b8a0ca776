#include "model/whisper/alignment_decoder.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "core/base/error.h"
#include "model/whisper/blocks.h"

namespace sotto {
namespace {

void check_layers(std::span<const std::int64_t> layers, std::int64_t count) {
  const bool ascends =
      std::adjacent_find(layers.begin(), layers.end(), std::greater_equal<>()) == layers.end();
  if (layers.empty() || !ascends || layers.front() < 0 || layers.back() >= count) {
    fail(ErrorKind::usage, "expected ascending layers of a decoder from 0 to ", count - 1,
         " to align words by, found others");
  }
}

LayerBuilder::Heads add_queries_and_keys(LayerBuilder& build, const std::string& name, ValueId x,
                                         ValueId source) {
  LayerBuilder::Heads heads{};
  heads.query = build.split_heads(name + ".query", build.scaled_query(name, x), {0, 2, 1, 3});
  heads.key = build.split_heads(name + ".key", build.linear_without_bias(name + ".key", source),
                                {0, 2, 3, 1});
  return heads;
}

ValueId finish_attention(LayerBuilder& build, const std::string& name, LayerBuilder::Heads heads,
                         ValueId source) {
  heads.value =
      build.split_heads(name + ".value", build.linear(name + ".value", source), {0, 2, 1, 3});
  return build.linear(name + ".out", build.attend(name, heads));
}

}  // namespace

Graph build_alignment_decoder(const Checkpoint& checkpoint, std::span<const std::int64_t> layers,
                              const DecoderCoreOptions& options) {
  const WhisperDims& dims = checkpoint.dims;
  check_layers(layers, dims.n_text_layer);
  Graph graph("WhisperAlignmentDecoder");
  LayerBuilder build(checkpoint, "decoder.", graph, dims.n_text_head);

  const DecoderStart start = begin_decoder(build, graph, dims, options);
  ValueId x = start.x;
  for (std::int64_t layer = 0; layer <= layers.back(); ++layer) {
    const std::string block = concat("blocks.", layer);
    x = add_self_attention(build, block, x, start.mask);
    if (!std::binary_search(layers.begin(), layers.end(), layer)) {
      x = add_cross_attention(build, block, x, start.encoder_output);
    } else {
      const std::string name = block + ".cross_attn";
      const ValueId normed = build.layer_norm(block + ".cross_attn_ln", x);
      const auto heads = add_queries_and_keys(build, name, normed, start.encoder_output);
      // A product of its own beside the attention, which so stays what back ends run as one.
      graph.add_output(graph.add(alignment_output(layer), op::MatMul{heads.query, heads.key}));
      if (layer == layers.back()) break;
      const ValueId crossed = finish_attention(build, name, heads, start.encoder_output);
      x = build.add(block + ".cross_attn.residual", x, crossed);
    }
    x = add_mlp(build, block, x);
  }
  verify(graph);
  return graph;
}

}  // namespace sotto

#include "core/bundle/graph_limits.h"

#include "core/base/error.h"

namespace sotto {
namespace {

// Values of a layer, constants among them, counted generously.
constexpr std::size_t kValuesOfEncoderLayer = 64, kValuesOfDecoderLayer = 128, kOtherValues = 64;
constexpr auto kElement = static_cast<std::int64_t>(sizeof(float));

/// Adds up what the parts of a model take, layer by layer, as model/whisper builds them.
class Sum {
 public:
  explicit Sum(const WhisperDims& dims) : dims_(dims) {}

  [[nodiscard]] const GraphLimits& total() const { return total_; }

  void encoder() {
    const std::int64_t rows = dims_.n_audio_ctx, state = dims_.n_audio_state;
    constexpr std::int64_t kKernel = 3;
    add(kKernel * state * rows * (2 * dims_.n_mels + state), 8 * rows * state,
        kKernel * state * (dims_.n_mels + state) + rows * state);
    for (std::int64_t layer = 0; layer < dims_.n_audio_layer; ++layer) {
      total_.values += kValuesOfEncoderLayer;
      attention({rows, rows, state, dims_.n_audio_head});
      mlp(rows, state);
    }
  }

  /// What every layer of the decoder makes of the audio.
  void cross_projections() {
    const std::int64_t audio = dims_.n_audio_ctx, width = dims_.n_text_state;
    const std::int64_t layers = dims_.n_text_layer;
    total_.values += static_cast<std::size_t>(layers) * kValuesOfEncoderLayer;
    add(layers * 2 * audio * width * width, layers * 8 * audio * width,
        layers * (2 * width * width + width));
  }

  /// The decoder's layers over whole rows, and the projection to logits.
  void decoder() {
    const std::int64_t rows = dims_.n_text_ctx, width = dims_.n_text_state;
    decoder_layers(rows, [&] {
      attention({rows, rows, width, dims_.n_text_head});
      attention({rows, dims_.n_audio_ctx, width, dims_.n_text_head});
    });
    add(0, 2 * rows * width + 2 * rows * rows, rows * (rows + width));
    head(rows);
  }

  /// The decoder's layers over `tokens` new rows and what a host's cache holds.
  void kv_decoder(std::int64_t tokens) {
    const std::int64_t width = dims_.n_text_state, heads = dims_.n_text_head;
    const std::int64_t keys = dims_.n_text_ctx + tokens, audio = dims_.n_audio_ctx;
    decoder_layers(tokens, [&] {
      add(tokens * width * (4 * width + 2 * keys), 20 * tokens * width + 12 * keys * width,
          4 * width * (width + 1) + 2 * width);
      add(tokens * width * (2 * width + 2 * audio), 10 * tokens * width + 4 * audio * width,
          2 * width * (width + 1) + 2 * width);
      add(0, 3 * tokens * heads * (keys + audio), 0);
    });
    add(0, 4 * tokens * width, 0);
    head(1);
  }

 private:
  struct Attention {
    std::int64_t rows, keys, width, heads;
  };

  void add(std::int64_t multiply_adds, std::int64_t activations, std::int64_t constants) {
    total_.multiply_adds += multiply_adds;
    total_.activation_bytes += kElement * activations;
    total_.constant_bytes += kElement * constants;
  }

  void attention(const Attention& of) {
    const auto& [rows, keys, width, heads] = of;
    add(2 * width * (rows * width + keys * width + rows * keys),
        10 * rows * width + 6 * keys * width + 3 * rows * keys * heads,
        4 * width * (width + 1) + 2 * width);
  }

  void mlp(std::int64_t rows, std::int64_t width) {
    add(8 * rows * width * width, 11 * rows * width, 8 * width * width + 7 * width);
  }

  template <class AddAttentions>
  void decoder_layers(std::int64_t rows, const AddAttentions& add_attentions) {
    for (std::int64_t layer = 0; layer < dims_.n_text_layer; ++layer) {
      total_.values += kValuesOfDecoderLayer;
      add_attentions();
      mlp(rows, dims_.n_text_state);
    }
  }

  void head(std::int64_t rows) {
    const std::int64_t width = dims_.n_text_state, words = dims_.n_vocab;
    add(rows * width * words, rows * (words + 2 * width), words * width + 2 * width);
  }

  const WhisperDims& dims_;
  GraphLimits total_{kOtherValues, 0, 0, 0};
};

}  // namespace

GraphLimits limits_of(const Graph& graph) {
  const GraphCost whole = cost(graph);
  return {graph.values().size(), whole.multiply_adds, whole.activation_bytes, whole.constant_bytes};
}

GraphLimits limits_of(GraphKind kind, const WhisperDims& dims, std::int64_t tokens) {
  Sum sum(dims);
  switch (kind) {
    case GraphKind::crosskv:
      sum.cross_projections();
      [[fallthrough]];
    case GraphKind::encoder:
      sum.encoder();
      return sum.total();
    case GraphKind::decoder:
    case GraphKind::alignment:
      sum.decoder();
      return sum.total();
    case GraphKind::step:
    case GraphKind::prefill:
      sum.kv_decoder(tokens);
      return sum.total();
  }
  fail(ErrorKind::internal, "a graph of no kind");
}

}  // namespace sotto

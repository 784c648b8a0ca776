#include "run/verifier/cache_layers.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"
#include "core/bundle/graph_table.h"
#include "run/backends/registry.h"
#include "run/engine/token_embedding.h"

namespace sotto {
namespace {

/// Layer `layer` of a tensor whose first axis is the layers: the first `count` rows of it.
std::span<const float> layer_of(const Tensor& tensor, std::int64_t layer, std::int64_t count) {
  const auto layers = tensor.shape().front();
  const auto size = static_cast<std::size_t>(tensor.size() / layers);
  return tensor.floats().subspan(static_cast<std::size_t>(layer) * size,
                                 static_cast<std::size_t>(count));
}

void add(LayerNumbers& numbers, const std::string& name, std::span<const float> baseline,
         std::span<const float> artifacts) {
  numbers.layers.push_back({name, compare_numbers(name, baseline, artifacts)});
}

/// Keys and values, [L, …] each.
struct KeysAndValues {
  const Tensor &keys, &values;
};

/// The first `count` numbers of each layer.
void add_layers(LayerNumbers& numbers, const KeysAndValues& baseline,
                const KeysAndValues& artifacts, std::int64_t count) {
  for (std::int64_t layer = 0; layer < baseline.keys.shape().front(); ++layer) {
    add(numbers, concat("blocks.", layer, ".keys"), layer_of(baseline.keys, layer, count),
        layer_of(artifacts.keys, layer, count));
    add(numbers, concat("blocks.", layer, ".values"), layer_of(baseline.values, layer, count),
        layer_of(artifacts.values, layer, count));
  }
}

/// As many rows at once as the decoder takes; the logits after the last.
std::span<const float> feed(KvDecoder& decoder, std::span<const float> rows, KvCache& cache) {
  const auto most = static_cast<std::size_t>(decoder.most_tokens() * decoder.dims().n_text_state);
  std::span<const float> logits;
  for (std::size_t first = 0; first < rows.size(); first += most) {
    logits = decoder.feed(rows.subspan(first, std::min(most, rows.size() - first)), cache);
  }
  return logits;
}

TensorView positions_of(const ModelSources& sources) {
  const bool has_file = !sources.positions.shape.empty();
  return has_file || sources.builder == nullptr ? sources.positions : sources.builder->positions();
}

}  // namespace

CacheLayers::CacheLayers(const Bundle& bundle, const CheckpointSource& baseline,
                         const std::string& backend, const BackendOptions& options) {
  const ModelSources files = sources_of(bundle, HashCheck::done);
  weights_ = sources_with_weights(baseline, files.frames());
  artifacts_ = load(make_backend(backend, options), files);
  baseline_ = load(make_backend("cpu", options), weights_);
}

CacheLayers::Side CacheLayers::load(std::unique_ptr<Backend> backend,
                                    const ModelSources& sources) const {
  Side side;
  side.backend = std::move(backend);
  side.encoder = side.backend->load(sources.part(GraphKind::crosskv));
  KvDecoder::Parts parts{sources.part(GraphKind::step), {}, positions_of(weights_), weights_.dims};
  ModelPart prefill = sources.part(GraphKind::prefill);
  if (side.backend->takes(prefill)) parts.prefill = std::move(prefill);
  side.decoder = std::make_unique<KvDecoder>(*side.backend, parts);
  const auto& outputs = side.encoder->signature().outputs;
  side.cross_keys = side.backend->allocate(outputs.at(0).dtype, outputs.at(0).shape);
  side.cross_values = side.backend->allocate(outputs.at(1).dtype, outputs.at(1).shape);
  return side;
}

std::vector<LayerNumbers> CacheLayers::compare(const Tensor& mel,
                                               const std::vector<TokenId>& tokens) {
  std::vector<LayerNumbers> numbers;
  numbers.push_back(compare_encoders(mel));
  numbers.push_back(compare_decoders(tokens));
  return numbers;
}

LayerNumbers CacheLayers::compare_encoders(const Tensor& mel) {
  for (Side* side : {&artifacts_, &baseline_}) {
    const std::array<const Tensor*, 1> inputs{&mel};
    const std::array<Tensor*, 2> outputs{&side->cross_keys, &side->cross_values};
    side->encoder->run(inputs, outputs);
  }
  LayerNumbers numbers{std::string(entry_of(GraphKind::crosskv).title), {}};
  const std::int64_t size = baseline_.cross_keys.size() / baseline_.cross_keys.shape().front();
  add_layers(numbers, {baseline_.cross_keys, baseline_.cross_values},
             {artifacts_.cross_keys, artifacts_.cross_values}, size);
  return numbers;
}

LayerNumbers CacheLayers::compare_decoders(const std::vector<TokenId>& tokens) {
  const std::int64_t count =
      std::min(static_cast<std::int64_t>(tokens.size()), weights_.dims.n_text_ctx);
  const TokenEmbedding embedding(weights_.embedding, weights_.embedding_source);
  std::vector<float> rows(static_cast<std::size_t>(count * embedding.width()));
  embedding.look_up(std::span(tokens).first(static_cast<std::size_t>(count)), rows);
  std::copy_n(baseline_.cross_keys.data(), baseline_.cross_keys.bytes(),
              artifacts_.cross_keys.data());
  std::copy_n(baseline_.cross_values.data(), baseline_.cross_values.bytes(),
              artifacts_.cross_values.data());
  std::vector<std::unique_ptr<KvCache>> caches;
  std::vector<std::span<const float>> logits;
  for (Side* side : {&baseline_, &artifacts_}) {
    side->decoder->begin_window(side->cross_keys, side->cross_values);
    caches.push_back(side->decoder->take_cache());
    logits.push_back(feed(*side->decoder, rows, *caches.back()));
  }
  LayerNumbers numbers{"decoder over a cache", {}};
  add_layers(numbers, {caches[0]->keys(), caches[0]->values()},
             {caches[1]->keys(), caches[1]->values()}, count * embedding.width());
  add(numbers, "logits", logits[0], logits[1]);
  return numbers;
}

}  // namespace sotto

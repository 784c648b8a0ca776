#include "run/engine/kv_decoder.h"

#include <algorithm>
#include <array>

#include "core/base/error.h"
#include "core/bundle/graph_signatures.h"

namespace sotto {
namespace {

// Places of a graph's inputs (graph_signatures.h).
enum Input : std::size_t {
  kToken,
  kPosition,
  kSelfKeys,
  kSelfValues,
  kMask,
  kCrossKeys,
  kCrossValues
};
constexpr std::size_t kInputs = 7, kOutputs = 3;

std::size_t at(std::int64_t place) { return static_cast<std::size_t>(place); }

/// Copies `count` rows of D elements of every layer: from row `from` on of each layer of `source`
/// [L, 1, ·, D] to row `to` on of each layer of `target`.
void copy_rows(const Tensor& source, std::int64_t from, Tensor& target, std::int64_t to,
               std::int64_t count) {
  const std::int64_t layers = target.shape()[0], width = target.shape()[3];
  const std::int64_t source_layer = source.shape()[2] * width;
  const std::int64_t target_layer = target.shape()[2] * width;
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    const float* first = source.floats().data() + layer * source_layer + from * width;
    std::copy_n(first, count * width, target.floats().data() + layer * target_layer + to * width);
  }
}

}  // namespace

// Rows that no token has yet are masked, but must be numbers, for a mask is added to their scores.
// Zeros are, which fresh memory holds: memory that nobody writes to takes up none.
KvCache::KvCache(const Backend& backend, const WhisperDims& dims)
    : keys_(backend.allocate(DType::float32,
                             {dims.n_text_layer, 1, dims.n_text_ctx, dims.n_text_state})),
      values_(backend.allocate(DType::float32, keys_.shape())) {}

void KvCache::append(const Tensor& new_keys, const Tensor& new_values, std::int64_t count) {
  const std::int64_t first = new_keys.shape()[2] - count;
  copy_rows(new_keys, first, keys_, length_, count);
  copy_rows(new_values, first, values_, length_, count);
  length_ += count;
}

void KvCache::copy_from(const KvCache& other) {
  copy_rows(other.keys_, 0, keys_, 0, other.length_);
  copy_rows(other.values_, 0, values_, 0, other.length_);
  length_ = other.length_;
}

KvDecoder::KvDecoder(const Backend& backend, const Parts& parts)
    : backend_(backend), dims_(parts.dims), positions_(to_float32(parts.positions)) {
  if (!backend.binds_inputs()) {
    fail(ErrorKind::unavailable, "the ", backend.name(),
         " back end binds no inputs, which a decoder with a key-value cache needs: use the full "
         "decoder");
  }
  step_ = load(backend, parts.step);
  if (parts.prefill) prefill_ = load(backend, *parts.prefill);
}

KvDecoder::Fed KvDecoder::load(const Backend& backend, const ModelPart& part) const {
  Fed fed;
  fed.graph = backend.load(part);
  const Signature& signature = fed.graph->signature();
  if (signature.inputs.empty() || signature.inputs[kToken].shape.size() != 3) {
    fail(ErrorKind::mismatch, part.name, ": expected embeddings of tokens in, found other inputs");
  }
  fed.tokens = signature.inputs[kToken].shape[1];
  check_signature(signature_of(GraphKind::prefill, dims_, fed.tokens), signature, part.name);
  const auto tensor = [&](const Signature::Port& port) {
    return backend.allocate(port.dtype, port.shape);
  };
  fed.token = tensor(signature.inputs[kToken]);
  fed.position = tensor(signature.inputs[kPosition]);
  fed.mask = tensor(signature.inputs[kMask]);
  fed.logits = tensor(signature.outputs[0]);
  fed.new_keys = tensor(signature.outputs[1]);
  fed.new_values = tensor(signature.outputs[2]);
  return fed;
}

void KvDecoder::begin_window(Tensor& cross_keys, Tensor& cross_values) {
  const auto bind = [&](Fed& fed) {
    fed.graph->bind_input(kCrossKeys, cross_keys);
    fed.graph->bind_input(kCrossValues, cross_values);
  };
  bind(step_);
  if (prefill_) bind(*prefill_);
}

void KvDecoder::rest() {
  step_.graph->rest();
  if (prefill_) prefill_->graph->rest();
}

std::unique_ptr<KvCache> KvDecoder::take_cache() {
  if (spare_.empty()) return std::make_unique<KvCache>(backend_, dims_);
  std::unique_ptr<KvCache> cache = std::move(spare_.back());
  spare_.pop_back();
  cache->clear();
  return cache;
}

// The new tokens are the last of the graph's T; those before them see themselves alone, so that
// their softmax has something to share out, and nobody sees them.
void KvDecoder::fill(Fed& fed, std::span<const float> rows, std::int64_t cached) const {
  const std::int64_t width = dims_.n_text_state, context = dims_.n_text_ctx, total = fed.tokens;
  const std::int64_t padding = total - static_cast<std::int64_t>(rows.size()) / width;
  const auto behind_padding = [&](Tensor& tensor) {
    std::fill_n(tensor.floats().begin(), padding * width, 0.0F);
    return tensor.floats().begin() + padding * width;
  };
  std::copy(rows.begin(), rows.end(), behind_padding(fed.token));
  std::copy_n(positions_.begin() + cached * width, rows.size(), behind_padding(fed.position));
  std::fill(fed.mask.floats().begin(), fed.mask.floats().end(), kMaskedScore);
  for (std::int64_t row = 0; row < total; ++row) {
    const auto scores = fed.mask.floats().subspan(at(row * (context + total)), at(context + total));
    std::fill(scores.begin() + context + std::min(row, padding), scores.begin() + context + row + 1,
              0.0F);
    if (row >= padding) std::fill_n(scores.begin(), cached, 0.0F);
  }
}

std::span<const float> KvDecoder::feed(std::span<const float> rows, KvCache& cache) {
  const std::int64_t count = static_cast<std::int64_t>(rows.size()) / dims_.n_text_state;
  if (count < 1 || count > most_tokens() || cache.length() + count > dims_.n_text_ctx) {
    fail(ErrorKind::internal, count, " tokens behind ", cache.length(), " do not fit the decoder");
  }
  Fed& fed = count == 1 ? step_ : *prefill_;
  fill(fed, rows, cache.length());
  fed.graph->bind_input(kSelfKeys, cache.keys());
  fed.graph->bind_input(kSelfValues, cache.values());
  const std::array<const Tensor*, kInputs> inputs{&fed.token, &fed.position, nullptr, nullptr,
                                                  &fed.mask,  nullptr,       nullptr};
  const std::array<Tensor*, kOutputs> outputs{&fed.logits, &fed.new_keys, &fed.new_values};
  fed.graph->run(inputs, outputs);
  cache.append(fed.new_keys, fed.new_values, count);
  return fed.logits.floats();
}

}  // namespace sotto

#include "core/bundle/graph_signatures.h"

#include <algorithm>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/bundle/alignment_heads.h"

namespace sotto {
namespace {

using Port = Signature::Port;

constexpr std::int64_t kRowAxis = 1;    // of embeddings and logits
constexpr std::int64_t kQueryAxis = 2;  // of scores

Port varying(std::string name, Shape shape, std::int64_t axis) {
  return {std::move(name), std::move(shape), axis};
}

Port resident(std::string name, Shape shape) {
  Port port{std::move(name), std::move(shape)};
  port.is_resident = is_resident_input(port.name);
  return port;
}

Port mel(const WhisperDims& dims) { return {"mel", {1, dims.n_mels, 2 * dims.n_audio_ctx}}; }

Port encoder_output(const WhisperDims& dims) {
  return {"encoder_output", {1, dims.n_audio_ctx, dims.n_audio_state}};
}

/// Keys and values of the audio, for all layers.
std::pair<Shape, Shape> cross_shapes(const WhisperDims& dims) {
  const std::int64_t heads = dims.n_text_head, width = dims.n_text_state / heads;
  return {{dims.n_text_layer, heads, width, dims.n_audio_ctx},
          {dims.n_text_layer, heads, dims.n_audio_ctx, width}};
}

Signature kv_decoder(const WhisperDims& dims, std::int64_t tokens) {
  const Shape rows{1, tokens, dims.n_text_state};
  const Shape cache{dims.n_text_layer, 1, dims.n_text_ctx, dims.n_text_state};
  const Shape fresh{dims.n_text_layer, 1, tokens, dims.n_text_state};
  const auto [cross_keys, cross_values] = cross_shapes(dims);
  return {{{"token_embedding", rows},
           {"position_embedding", rows},
           resident("self_keys", cache),
           resident("self_values", cache),
           {"self_mask", {1, 1, tokens, dims.n_text_ctx + tokens}},
           resident("cross_keys", cross_keys),
           resident("cross_values", cross_values)},
          {{"logits", {1, 1, dims.n_vocab}}, {"new_keys", fresh}, {"new_values", fresh}}};
}

Signature whole_rows(const WhisperDims& dims, std::vector<Port> outputs) {
  return {{varying("token_embeddings", {1, dims.n_text_ctx, dims.n_text_state}, kRowAxis),
           encoder_output(dims)},
          std::move(outputs)};
}

std::vector<Port> scores(const WhisperDims& dims, std::span<const std::int64_t> layers) {
  const Shape shape{1, dims.n_text_head, dims.n_text_ctx, dims.n_audio_ctx};
  std::vector<Port> ports;
  for (const std::int64_t layer : layers) {
    ports.push_back(varying(alignment_output(layer), shape, kQueryAxis));
  }
  return ports;
}

void check_ports(const std::vector<Port>& expected, const std::vector<Port>& recorded,
                 const std::string& source) {
  if (expected.size() != recorded.size()) {
    fail(ErrorKind::mismatch, source, ": expected ", expected.size(),
         " inputs or outputs by the model's dims, found ", recorded.size());
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Port &wanted = expected[i], &found = recorded[i];
    if (wanted.name == found.name && wanted.shape == found.shape && wanted.dtype == found.dtype) {
      continue;
    }
    fail(ErrorKind::mismatch, source, ": expected ", wanted.name, ", ", to_string(wanted.dtype),
         " ", to_string(wanted.shape), ", by the model's dims, found ", printable(found.name), ", ",
         to_string(found.dtype), " ", to_string(found.shape));
  }
}

/// The tokens that a prefill graph takes at once, by the record of its file.
std::int64_t prefill_tokens_of(const FileRecord& record, const WhisperDims& dims,
                               const std::string& source) {
  const auto& inputs = record.signature.inputs;
  const Shape shape = inputs.empty() ? Shape{} : inputs.front().shape;
  if (shape.size() == 3 && shape[1] >= 1 && shape[1] <= dims.n_text_ctx) return shape[1];
  fail(ErrorKind::mismatch, source, ": expected ", record.name, " to take embeddings [1, N, ",
       dims.n_text_state, "] of 1 to ", dims.n_text_ctx, " tokens first, found ", to_string(shape));
}

}  // namespace

Signature signature_of(GraphKind kind, const WhisperDims& dims, std::int64_t tokens,
                       std::span<const std::int64_t> layers) {
  switch (kind) {
    case GraphKind::encoder:
      return {{mel(dims)}, {encoder_output(dims)}};
    case GraphKind::decoder:
      return whole_rows(dims, {varying("logits", {1, dims.n_text_ctx, dims.n_vocab}, kRowAxis)});
    case GraphKind::alignment:
      return whole_rows(dims, scores(dims, layers));
    case GraphKind::crosskv: {
      const auto [keys, values] = cross_shapes(dims);
      return {{mel(dims)}, {{"cross_keys", keys}, {"cross_values", values}}};
    }
    case GraphKind::step:
    case GraphKind::prefill:
      return kv_decoder(dims, tokens);
  }
  fail(ErrorKind::internal, "a graph of no kind");
}

void check_signature(const Signature& expected, const Signature& found, const std::string& place) {
  check_ports(expected.inputs, found.inputs, place);
  check_ports(expected.outputs, found.outputs, place);
}

std::vector<std::int64_t> layers_in(const Signature& signature, const WhisperDims& dims) {
  std::vector<std::int64_t> layers;
  for (std::int64_t layer = 0; layer < dims.n_text_layer; ++layer) {
    const bool is_there =
        std::any_of(signature.outputs.begin(), signature.outputs.end(),
                    [&](const Port& output) { return output.name == alignment_output(layer); });
    if (is_there) layers.push_back(layer);
  }
  return layers;
}

Signature signature_of_file(GraphKind kind, const WhisperDims& dims, const FileRecord& record,
                            const std::string& source) {
  const std::int64_t tokens =
      kind == GraphKind::prefill ? prefill_tokens_of(record, dims, source) : 1;
  const Signature expected = signature_of(kind, dims, tokens, layers_in(record.signature, dims));
  check_signature(expected, record.signature, concat(source, ": ", record.name));
  return expected;
}

}  // namespace sotto

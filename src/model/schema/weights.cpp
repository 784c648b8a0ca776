#include "model/schema/weights.h"

#include "core/base/error.h"

namespace sotto {
namespace {

using Table = std::vector<WeightSpec>;

void add_affine(Table& table, const std::string& name, Shape weight) {
  const std::int64_t outputs = weight.front();
  table.push_back({name + ".weight", std::move(weight)});
  table.push_back({name + ".bias", {outputs}});
}

void add_layer_norm(Table& table, const std::string& name, std::int64_t state) {
  add_affine(table, name, {state});
}

// The key projection has no bias: it would add the same number to every score of a query.
void add_attention(Table& table, const std::string& name, std::int64_t state) {
  add_affine(table, name + ".query", {state, state});
  table.push_back({name + ".key.weight", {state, state}});
  add_affine(table, name + ".value", {state, state});
  add_affine(table, name + ".out", {state, state});
}

void add_mlp(Table& table, const std::string& block, std::int64_t state) {
  add_affine(table, block + ".mlp.0", {4 * state, state});
  add_affine(table, block + ".mlp.2", {state, 4 * state});
  add_layer_norm(table, block + ".mlp_ln", state);
}

void add_encoder(Table& table, const WhisperDims& dims) {
  const std::int64_t state = dims.n_audio_state;
  table.push_back({"encoder.positional_embedding", {dims.n_audio_ctx, state}});
  add_affine(table, "encoder.conv1", {state, dims.n_mels, 3});
  add_affine(table, "encoder.conv2", {state, state, 3});
  for (std::int64_t layer = 0; layer < dims.n_audio_layer; ++layer) {
    const std::string block = concat("encoder.blocks.", layer);
    add_attention(table, block + ".attn", state);
    add_layer_norm(table, block + ".attn_ln", state);
    add_mlp(table, block, state);
  }
  add_layer_norm(table, "encoder.ln_post", state);
}

void add_decoder(Table& table, const WhisperDims& dims) {
  const std::int64_t state = dims.n_text_state;
  table.push_back({"decoder.positional_embedding", {dims.n_text_ctx, state}});
  table.push_back({"decoder.token_embedding.weight", {dims.n_vocab, state}});
  for (std::int64_t layer = 0; layer < dims.n_text_layer; ++layer) {
    const std::string block = concat("decoder.blocks.", layer);
    add_attention(table, block + ".attn", state);
    add_layer_norm(table, block + ".attn_ln", state);
    add_attention(table, block + ".cross_attn", state);
    add_layer_norm(table, block + ".cross_attn_ln", state);
    add_mlp(table, block, state);
  }
  add_layer_norm(table, "decoder.ln", state);
}

}  // namespace

std::vector<WeightSpec> weight_table(const WhisperDims& dims) {
  Table table;
  add_encoder(table, dims);
  add_decoder(table, dims);
  return table;
}

std::int64_t parameter_count(const WhisperDims& dims) {
  std::int64_t count = 0;
  for (const WeightSpec& weight : weight_table(dims)) count += num_elements(weight.shape);
  return count;
}

}  // namespace sotto

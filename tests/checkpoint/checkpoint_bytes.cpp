#include "checkpoint/checkpoint_bytes.h"

#include <algorithm>
#include <stdexcept>

#include "core/base/error.h"
#include "model/schema/weights.h"

namespace sotto::test {
namespace {

// Noise whose exponent is never all ones, so that every value is a finite number.
std::string noise(const std::string& name, std::size_t size, std::size_t width) {
  std::uint32_t state = 2166136261U;
  for (const char character : name)
    state = (state ^ static_cast<unsigned char>(character)) * 16777619U;
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525U + 1013904223U;
    bytes[i] = static_cast<char>(state >> 24);
    if (i % width == width - 1) bytes[i] = static_cast<char>(bytes[i] & 0xbb);
  }
  return bytes;
}

std::size_t bytes_of_shape(const Shape& shape, DType dtype) {
  return static_cast<std::size_t>(num_elements(shape)) * size_of(dtype);
}

std::string replaced(std::string text,
                     const std::vector<std::pair<std::string_view, std::string_view>>& words) {
  for (const auto& [from, to] : words) {
    const std::size_t place = text.find(from);
    if (place != std::string::npos) return text.replace(place, from.size(), to);
  }
  return text;
}

int type_number(DType dtype) {
  return dtype == DType::float32 ? 0 : dtype == DType::float16 ? 4 : 5;
}

void add_stack(CTranslate2File& file, const SmallModel& model, const std::string& name,
               const std::vector<std::string>& parts) {
  for (const char* field : {"weight", "bias"}) {
    CTranslate2File::Variable stack{concat(name, "/", field), {}, 0, {}};
    for (const std::string& part : parts) {
      const auto found = model.tensors.find(concat(part, ".", field));
      const StoredTensor& like = model.tensors.at(concat(parts.back(), ".", field));
      const StoredTensor zeros{like.dtype, like.shape, std::string(like.bytes.size(), '\0')};
      const StoredTensor& tensor = found == model.tensors.end() ? zeros : found->second;
      if (stack.shape.empty()) {
        stack.shape = tensor.shape;
        stack.shape[0] = 0;
      }
      stack.shape[0] += tensor.shape[0];
      stack.type = type_number(tensor.dtype);
      stack.bytes += tensor.bytes;
    }
    file.variables.push_back(stack);
  }
}

void add_norm(CTranslate2File& file, const SmallModel& model, const std::string& name,
              const std::string& openai) {
  for (const auto& [field, ours] : {std::pair{"gamma", "weight"}, std::pair{"beta", "bias"}}) {
    const StoredTensor& tensor = model.tensors.at(concat(openai, ".", ours));
    file.variables.push_back(
        {concat(name, "/", field), tensor.shape, type_number(tensor.dtype), tensor.bytes});
  }
}

void add_attention(CTranslate2File& file, const SmallModel& model, const std::string& layer,
                   const std::string& block) {
  add_stack(file, model, layer + "/self_attention/linear_0",
            {block + ".attn.query", block + ".attn.key", block + ".attn.value"});
  add_stack(file, model, layer + "/self_attention/linear_1", {block + ".attn.out"});
  add_norm(file, model, layer + "/self_attention/layer_norm", block + ".attn_ln");
}

void add_layer(CTranslate2File& file, const SmallModel& model, const std::string& side,
               std::int64_t number) {
  const std::string layer = concat(side, "/layer_", number);
  const std::string block = concat(side, ".blocks.", number);
  add_attention(file, model, layer, block);
  if (side == "decoder") {
    add_stack(file, model, layer + "/attention/linear_0", {block + ".cross_attn.query"});
    add_stack(file, model, layer + "/attention/linear_1",
              {block + ".cross_attn.key", block + ".cross_attn.value"});
    add_stack(file, model, layer + "/attention/linear_2", {block + ".cross_attn.out"});
    add_norm(file, model, layer + "/attention/layer_norm", block + ".cross_attn_ln");
  }
  add_stack(file, model, layer + "/ffn/linear_0", {block + ".mlp.0"});
  add_stack(file, model, layer + "/ffn/linear_1", {block + ".mlp.2"});
  add_norm(file, model, layer + "/ffn/layer_norm", block + ".mlp_ln");
}

std::string zero_ended(const std::string& text) {
  return concat(little_endian(text.size() + 1, 2), text, '\0');
}

SmallModel made_model(const WhisperDims& dims, DType dtype) {
  SmallModel model;
  model.dims = dims;
  for (const WeightSpec& spec : weight_table(dims)) {
    const std::size_t size = bytes_of_shape(spec.shape, dtype);
    model.tensors[spec.name] = {dtype, spec.shape, noise(spec.name, size, size_of(dtype))};
  }
  return model;
}

}  // namespace

SmallModel small_model(DType dtype) { return made_model({5, 7, 8, 2, 2, 13, 6, 8, 4, 1}, dtype); }

SmallModel model_of_one_head(DType dtype) {
  return made_model({5, 7, 64, 1, 1, 13, 6, 64, 1, 1}, dtype);
}

TorchFile torch_file(const SmallModel& model) {
  TorchFile file;
  for (const DimField& field : dim_fields()) {
    file.dims.emplace_back(field.name, model.dims.*field.member);
  }
  for (const WeightSpec& spec : weight_table(model.dims)) {
    const StoredTensor& stored = model.tensors.at(spec.name);
    TorchTensor tensor;
    tensor.name = spec.name;
    tensor.storage = storage_name(stored.dtype);
    tensor.key = std::to_string(file.tensors.size());
    tensor.count = num_elements(stored.shape);
    tensor.shape = stored.shape;
    tensor.strides = row_major_strides(stored.shape);
    file.storages[tensor.key] = stored.bytes;
    file.tensors.push_back(tensor);
  }
  return file;
}

std::string safetensors(const SafeTensors& tensors) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const std::size_t begin = data.size();
    data += tensor.bytes;
    const char* dtype = tensor.dtype == DType::float32    ? "F32"
                        : tensor.dtype == DType::float16  ? "F16"
                        : tensor.dtype == DType::bfloat16 ? "BF16"
                                                          : "I64";
    header +=
        concat(",\"", name, "\":{\"dtype\":\"", dtype, "\",\"shape\":", to_string(tensor.shape),
               ",\"data_offsets\":[", begin, ",", data.size(), "]}");
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return concat(little_endian(header.size(), 8), header, data);
}

// Spelled out apart from the reader's own table, so that each checks the other.
SafeTensors hugging_face_tensors(const SmallModel& model) {
  SafeTensors tensors;
  for (const auto& [openai, tensor] : model.tensors) {
    std::string name = replaced(openai, {{".blocks.", ".layers."}});
    name = replaced(name, {{"decoder.token_embedding", "decoder.embed_tokens"},
                           {"positional_embedding", "embed_positions.weight"},
                           {"ln_post", "layer_norm"},
                           {"decoder.ln", "decoder.layer_norm"},
                           {"cross_attn_ln", "encoder_attn_layer_norm"},
                           {"cross_attn", "encoder_attn"},
                           {"attn_ln", "self_attn_layer_norm"},
                           {"attn", "self_attn"},
                           {"mlp_ln", "final_layer_norm"},
                           {"mlp.0", "fc1"},
                           {"mlp.2", "fc2"}});
    name = replaced(
        name,
        {{"query", "q_proj"}, {"key", "k_proj"}, {"value", "v_proj"}, {".out.", ".out_proj."}});
    tensors.emplace_back(concat("model.", name), tensor);
  }
  return tensors;
}

std::string hugging_face_config(const WhisperDims& dims) {
  return concat("{\"model_type\": \"whisper\", \"activation_function\": \"gelu\", ",
                "\"num_mel_bins\": ", dims.n_mels, ", \"max_source_positions\": ", dims.n_audio_ctx,
                ", \"d_model\": ", dims.n_audio_state,
                ", \"encoder_attention_heads\": ", dims.n_audio_head,
                ", \"encoder_layers\": ", dims.n_audio_layer, ", \"vocab_size\": ", dims.n_vocab,
                ", \"max_target_positions\": ", dims.n_text_ctx,
                ", \"decoder_attention_heads\": ", dims.n_text_head,
                ", \"decoder_layers\": ", dims.n_text_layer, "}");
}

TorchFile under_hugging_face_names(TorchFile file, const SmallModel& model) {
  const SafeTensors tensors = hugging_face_tensors(model);
  std::size_t i = 0;
  for (const auto& entry : model.tensors) file.tensor(entry.first).name = tensors[i++].first;
  return file;
}

CTranslate2File::Variable& CTranslate2File::variable(const std::string& name) {
  for (Variable& candidate : variables) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range(name);
}

std::string CTranslate2File::make() const {
  std::string bytes = concat(little_endian(version, 4), zero_ended(spec),
                             little_endian(revision, 4), little_endian(variables.size(), 4));
  for (const Variable& variable : variables) {
    bytes += concat(zero_ended(variable.name), little_endian(variable.shape.size(), 1));
    for (const std::int64_t extent : variable.shape) {
      bytes += little_endian(static_cast<std::uint64_t>(extent), 4);
    }
    bytes += concat(little_endian(static_cast<std::uint64_t>(variable.type), 1),
                    little_endian(variable.bytes.size(), 4), variable.bytes);
  }
  bytes += little_endian(aliases.size(), 4);
  for (const auto& [alias, target] : aliases) bytes += zero_ended(alias) + zero_ended(target);
  return bytes;
}

CTranslate2File ctranslate2_file(const SmallModel& model) {
  CTranslate2File file;
  const auto plain = [&](const std::string& name, const std::string& openai) {
    const StoredTensor& tensor = model.tensors.at(openai);
    file.variables.push_back({name, tensor.shape, type_number(tensor.dtype), tensor.bytes});
  };
  const auto setting = [&](const std::string& name, std::int64_t value) {
    file.variables.push_back({name, {}, 2, little_endian(static_cast<std::uint64_t>(value), 2)});
  };
  plain("decoder/embeddings/weight", "decoder.token_embedding.weight");
  for (const std::string side : {"encoder", "decoder"}) {
    const bool is_encoder = side == "encoder";
    plain(side + "/position_encodings/encodings", side + ".positional_embedding");
    add_norm(file, model, side + "/layer_norm", side + (is_encoder ? ".ln_post" : ".ln"));
    setting(side + "/num_heads", is_encoder ? model.dims.n_audio_head : model.dims.n_text_head);
    const std::int64_t layers = is_encoder ? model.dims.n_audio_layer : model.dims.n_text_layer;
    for (std::int64_t layer = 0; layer < layers; ++layer) add_layer(file, model, side, layer);
  }
  for (const std::string conv : {"conv1", "conv2"}) {
    plain("encoder/" + conv + "/weight", "encoder." + conv + ".weight");
    plain("encoder/" + conv + "/bias", "encoder." + conv + ".bias");
  }
  setting("decoder/activation", 3);
  setting("decoder/pre_norm", 1);
  setting("decoder/scale_embeddings", 0);
  file.aliases.emplace_back("decoder/projection/weight", "decoder/embeddings/weight");
  return file;
}

TorchFile module_file(const SmallModel& model, std::string_view half) {
  TorchFile whole = torch_file(model);
  TorchFile file;
  file.archive = "module";
  for (TorchTensor tensor : whole.tensors) {
    if (!tensor.name.starts_with(half)) continue;
    tensor.name.erase(0, half.size());
    std::replace(tensor.name.begin(), tensor.name.end(), '.', '_');
    file.storages[tensor.key] = whole.storages.at(tensor.key);
    file.tensors.push_back(tensor);
  }
  return file;
}

}  // namespace sotto::test

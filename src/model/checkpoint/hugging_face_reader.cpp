#include "model/checkpoint/hugging_face_reader.h"

#include <array>
#include <set>
#include <utility>

#include "core/archive/printable.h"
#include "core/archive/torch_archive.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/json/json_document.h"
#include "model/checkpoint/alignment_heads.h"
#include "model/checkpoint/safetensors.h"
#include "model/checkpoint/tensor_names.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kGenerationConfig = "generation_config.json";
constexpr std::string_view kHead = "proj_out.weight";
constexpr std::size_t kMostShards = 1000;

// In the order of preference; an index names the shards that hold the weights.
struct WeightsFile {
  std::string_view name;
  bool is_index;
};
constexpr std::array<WeightsFile, 4> kWeightsFiles{{{"model.safetensors", false},
                                                    {"model.safetensors.index.json", true},
                                                    {"pytorch_model.bin", false},
                                                    {"pytorch_model.bin.index.json", true}}};

const WeightsFile* find_weights(const fs::path& folder) {
  std::error_code ignored;
  for (const WeightsFile& file : kWeightsFiles) {
    if (fs::exists(folder / file.name, ignored)) return &file;
  }
  return nullptr;
}

// Words of OpenAI's names and what stands for them.
using Words = std::pair<std::string_view, std::string_view>;
constexpr std::array<Words, 16> kWords{{{".token_embedding.", ".embed_tokens."},
                                        {".positional_embedding", ".embed_positions.weight"},
                                        {".blocks.", ".layers."},
                                        {".cross_attn_ln.", ".encoder_attn_layer_norm."},
                                        {".attn_ln.", ".self_attn_layer_norm."},
                                        {".cross_attn.", ".encoder_attn."},
                                        {".attn.", ".self_attn."},
                                        {".query.", ".q_proj."},
                                        {".key.", ".k_proj."},
                                        {".value.", ".v_proj."},
                                        {".out.", ".out_proj."},
                                        {".mlp_ln.", ".final_layer_norm."},
                                        {".mlp.0.", ".fc1."},
                                        {".mlp.2.", ".fc2."},
                                        {".ln_post.", ".layer_norm."},
                                        {"decoder.ln.", "decoder.layer_norm."}}};

// The plain state dict that Hugging Face saves with torch.
TensorTable parse_torch_weights(const std::shared_ptr<const MappedFile>& file) {
  const std::string source = file->path().string();
  const TorchArchive archive(file->bytes(), source, file);
  const auto* dict = archive.root().as<PickleDict>();
  if (dict == nullptr) {
    fail(ErrorKind::format, source, ": expected a dict of tensors, found ",
         kind_of(archive.root()));
  }
  TensorTable tensors;
  for (const auto& item : dict->items) {
    const auto* name = item.first->as<std::string_view>();
    if (name == nullptr) {
      fail(ErrorKind::format, source, ": expected names of tensors, found ", kind_of(*item.first));
    }
    add_tensor(tensors, std::string(*name), archive.tensor(*item.second, *name), source);
  }
  return tensors;
}

bool is_plain_name(const nlohmann::json& value) {
  if (!value.is_string()) return false;
  const auto& name = value.get_ref<const std::string&>();
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
         name.find('\0') == std::string::npos;
}

// The shards of an index: {"weight_map": {tensor: file}}. Every tensor of every shard must be where
// the map has it.
TensorTable read_shards(const fs::path& index, fs::path& first_shard) {
  const std::string source = index.string();
  const nlohmann::json document = read_json(index);
  const auto map = document.find("weight_map");
  if (map == document.end() || !map->is_object() || map->empty()) {
    fail(ErrorKind::format, source,
         ": expected weight_map with a file for each tensor, found none");
  }
  std::set<std::string> files;
  for (const auto& [name, file] : map->items()) {
    if (!is_plain_name(file)) {
      fail(ErrorKind::format, source, ": expected the name of a file in the same folder for ",
           printable(name), ", found something else");
    }
    files.insert(file.get<std::string>());
  }
  if (files.size() > kMostShards) {
    fail(ErrorKind::unsupported, source, ": expected at most ", kMostShards, " shards, found ",
         files.size());
  }
  first_shard = index.parent_path() / *files.begin();
  TensorTable tensors;
  for (const std::string& file : files) {
    const TensorTable shard = read_weights_file(index.parent_path() / file);
    for (const auto& [name, view] : shard.all()) {
      const auto place = map->find(name);
      if (place == map->end() || *place != file) {
        fail(ErrorKind::mismatch, source, ": expected weight_map to place ", printable(name),
             " in ", printable(file), ", where it is, found that it does not");
      }
      add_tensor(tensors, name, view, source);
    }
  }
  if (tensors.size() != map->size()) {
    fail(ErrorKind::mismatch, source, ": expected the ", map->size(),
         " tensors of weight_map in the shards, found ", tensors.size());
  }
  return tensors;
}

// Values that would change what the model computes.
void check_config(const nlohmann::json& config, const std::string& source) {
  struct Fixed {
    std::string_view key;
    nlohmann::json value;
  };
  const std::array<Fixed, 3> kFixed{
      {{"model_type", "whisper"}, {"activation_function", "gelu"}, {"scale_embedding", false}}};
  for (const Fixed& fixed : kFixed) {
    const auto found = config.find(fixed.key);
    if (found == config.end() || *found == fixed.value) continue;
    fail(ErrorKind::unsupported, source, ": expected ", fixed.key, " to be ", fixed.value.dump(),
         ", found ", found->is_string() ? printable(found->get<std::string>()) : "another value");
  }
}

WhisperDims dims_of(const nlohmann::json& config, const std::string& source) {
  WhisperDims dims;
  const std::array<std::pair<const char*, std::int64_t*>, 9> fields{
      {{"num_mel_bins", &dims.n_mels},
       {"max_source_positions", &dims.n_audio_ctx},
       {"d_model", &dims.n_audio_state},
       {"encoder_attention_heads", &dims.n_audio_head},
       {"encoder_layers", &dims.n_audio_layer},
       {"vocab_size", &dims.n_vocab},
       {"max_target_positions", &dims.n_text_ctx},
       {"decoder_attention_heads", &dims.n_text_head},
       {"decoder_layers", &dims.n_text_layer}}};
  for (const auto& [key, field] : fields) *field = integer_of(config, key, source);
  dims.n_text_state = dims.n_audio_state;
  check_dims(dims, source);
  return dims;
}

// A bare WhisperModel is saved without the "model." before its names.
NameOf name_scheme(const TensorTable& found) {
  if (found.contains("encoder.conv1.weight")) {
    return [](std::string_view name) {
      return hugging_face_name(name).substr(std::string_view("model.").size());
    };
  }
  return hugging_face_name;
}

TensorTable without_head(const TensorTable& found, const NameOf& name_of,
                         const std::string& source) {
  if (!found.contains(kHead)) return found;
  const std::string embedding = name_of("decoder.token_embedding.weight");
  if (found.contains(embedding)) check_tied(found.at(embedding), found.at(kHead), kHead, source);
  TensorTable rest;
  for (const auto& [name, view] : found.all()) {
    if (name != kHead) rest.add(name, view);
  }
  return rest;
}

}  // namespace

TensorTable read_weights_file(const fs::path& path) {
  const auto file = MappedFile::open(path);
  if (path.extension() == ".safetensors") {
    return parse_safetensors(file->bytes(), path.string(), file);
  }
  return parse_torch_weights(file);
}

bool is_hugging_face_folder(const fs::path& folder) { return find_weights(folder) != nullptr; }

std::string hugging_face_name(std::string_view openai_name) {
  std::string name = concat("model.", openai_name);
  for (const auto& [from, to] : kWords) {
    const std::size_t place = name.find(from);
    if (place != std::string::npos) name.replace(place, from.size(), to);
  }
  return name;
}

Checkpoint read_hugging_face(const fs::path& folder) {
  const WeightsFile* file = find_weights(folder);
  if (file == nullptr) {
    fail(ErrorKind::not_found, folder.string(), ": expected model.safetensors, found none");
  }
  Checkpoint checkpoint;
  checkpoint.path = folder;
  checkpoint.weights = folder / file->name;
  checkpoint.format = CheckpointFormat::hugging_face;
  const std::string source = checkpoint.weights.string();
  const nlohmann::json config = read_json(folder / kConfig);
  check_config(config, (folder / kConfig).string());
  checkpoint.dims = dims_of(config, (folder / kConfig).string());
  const TensorTable found = file->is_index ? read_shards(folder / file->name, checkpoint.weights)
                                           : read_weights_file(checkpoint.weights);
  const NameOf name_of = name_scheme(found);
  checkpoint.tensors =
      rename_tensors(without_head(found, name_of, source), checkpoint.dims, name_of, source);
  check_tensors(checkpoint.tensors, checkpoint.dims, source);
  std::error_code ignored;
  if (const fs::path generation = folder / kGenerationConfig; fs::exists(generation, ignored)) {
    checkpoint.alignment_heads =
        alignment_heads_of(read_json(generation), checkpoint.dims, generation.string());
  }
  return checkpoint;
}

}  // namespace sotto

#include "model/checkpoint/hugging_face_reader.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/json/json_document.h"
#include "core/signatures/other_files.h"
#include "model/checkpoint/alignment_heads.h"
#include "model/checkpoint/loose_weights.h"
#include "model/checkpoint/safetensors.h"
#include "model/checkpoint/tensor_names.h"
#include "model/checkpoint/torch_weights.h"
#include "model/checkpoint/weight_names.h"

namespace sotto {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kConfig = "config.json";
constexpr std::string_view kGenerationConfig = "generation_config.json";
constexpr std::string_view kHead = "proj_out.weight";
constexpr std::string_view kIndex = ".index.";
constexpr std::size_t kMostShards = 1000;

// In the order of preference; an index names the shards that hold the weights.
constexpr std::array<std::string_view, 4> kWeightsFiles{
    "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
    "pytorch_model.bin.index.json"};

const std::string_view* find_weights(const fs::path& folder) {
  std::error_code ignored;
  for (const std::string_view& name : kWeightsFiles) {
    if (fs::exists(folder / name, ignored)) return &name;
  }
  return nullptr;
}

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

bool is_plain_name(const nlohmann::json& value) {
  if (!value.is_string()) return false;
  constexpr std::size_t kLongestName = 255;  // what Linux allows
  const auto& name = value.get_ref<const std::string&>();
  return !name.empty() && name.size() <= kLongestName && name != "." && name != ".." &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

// An index keeps the tied matrix's name where the shards do not keep the matrix.
std::size_t count_absent_heads(const nlohmann::json& map, const TensorTable& tensors) {
  std::size_t count = 0;
  for (const auto& [name, file] : map.items()) {
    if (plain_name(name) == kHead && !tensors.contains(name)) ++count;
  }
  return count;
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
  if (tensors.size() + count_absent_heads(*map, tensors) != map->size()) {
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

bool is_index(const fs::path& file) {
  return file.extension() == ".json" && file.filename().string().find(kIndex) != std::string::npos;
}

bool lists(const fs::path& index, const std::string& shard) {
  const nlohmann::json document = read_json(index);
  const auto map = document.find("weight_map");
  return map != document.end() && map->is_object() &&
         std::any_of(map->begin(), map->end(), [&](const auto& file) { return file == shard; });
}

// The index that lists a file as one of its shards; the file itself when none does.
fs::path whole_of(const fs::path& file) {
  std::error_code ignored;
  std::vector<fs::path> indexes;
  for (const auto& entry : fs::directory_iterator(folder_of(file), ignored)) {
    if (is_index(entry.path())) indexes.push_back(folder_of(file) / entry.path().filename());
  }
  std::sort(indexes.begin(), indexes.end());
  const auto found = std::find_if(indexes.begin(), indexes.end(), [&](const fs::path& index) {
    return lists(index, file.filename().string());
  });
  return found == indexes.end() ? file : *found;
}

// The model of a folder by its config.json, with these weights: a file or an index of shards.
Checkpoint read_model(const fs::path& folder, const fs::path& weights) {
  if (!is_index(weights)) refuse_other_files(weights, Wanted::checkpoint);
  const std::string config_source = (folder / kConfig).string();
  const nlohmann::json config = read_json(folder / kConfig, kPythonJson);
  check_config(config, config_source);
  const WhisperDims dims = dims_of(config, config_source);
  fs::path first = weights;
  const TensorTable found =
      is_index(weights) ? read_shards(weights, first) : read_weights_file(weights);
  Checkpoint checkpoint = model_of(found, dims, weights.string());
  checkpoint.weights = first;
  checkpoint.format = CheckpointFormat::hugging_face;
  std::error_code ignored;
  if (const fs::path generation = folder / kGenerationConfig; fs::exists(generation, ignored)) {
    take_alignment_heads(checkpoint, read_json(generation, kPythonJson), generation.string());
  }
  return checkpoint;
}

}  // namespace

TensorTable read_weights_file(const fs::path& path) {
  refuse_other_files(path, Wanted::checkpoint);
  const auto file = MappedFile::open(path);
  if (path.extension() == ".safetensors") {
    return parse_safetensors(file->bytes(), path.string(), file);
  }
  return parse_torch_weights(file->bytes(), path.string(), file).tensors;
}

bool is_hugging_face_folder(const fs::path& folder) { return find_weights(folder) != nullptr; }

bool is_hugging_face_file(const fs::path& file) {
  std::error_code ignored;
  const fs::path extension = file.extension();
  const bool is_part = extension == ".safetensors" || extension == ".bin" || is_index(file);
  return is_part && fs::exists(folder_of(file) / kConfig, ignored);
}

Checkpoint read_hugging_face(const fs::path& folder) {
  const std::string_view* name = find_weights(folder);
  if (name == nullptr) {
    fail(ErrorKind::not_found, folder.string(), ": expected model.safetensors, found none");
  }
  Checkpoint checkpoint = read_model(folder, folder / *name);
  checkpoint.path = folder;
  return checkpoint;
}

Checkpoint read_hugging_face_file(const fs::path& file) {
  return read_model(folder_of(file), is_index(file) ? file : whole_of(file));
}

Checkpoint read_safetensors(const fs::path& file) {
  Checkpoint checkpoint = model_of(read_weights_file(file), std::nullopt, file.string());
  checkpoint.weights = file;
  return checkpoint;
}

}  // namespace sotto

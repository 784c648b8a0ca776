#include "model/checkpoint/ctranslate2_reader.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/mapped_file.h"
#include "core/json/json_document.h"
#include "core/signatures/other_files.h"
#include "model/checkpoint/alignment_heads.h"
#include "model/checkpoint/ctranslate2_model.h"
#include "model/checkpoint/tensor_names.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

constexpr std::string_view kEmbedding = "decoder/embeddings/weight";
constexpr std::string_view kHead = "decoder/projection/weight";
constexpr std::int64_t kErfGelu = 3;

// Where a module of OpenAI's lies: part `index` of `count` equal ones, stacked along the outputs.
struct Module {
  std::string_view openai, ctranslate2;
  std::int64_t index = 0, count = 1;
};
constexpr std::array<Module, 12> kBlockModules{{{"attn.query", "self_attention/linear_0", 0, 3},
                                                {"attn.key", "self_attention/linear_0", 1, 3},
                                                {"attn.value", "self_attention/linear_0", 2, 3},
                                                {"attn.out", "self_attention/linear_1"},
                                                {"attn_ln", "self_attention/layer_norm"},
                                                {"cross_attn.query", "attention/linear_0"},
                                                {"cross_attn.key", "attention/linear_1", 0, 2},
                                                {"cross_attn.value", "attention/linear_1", 1, 2},
                                                {"cross_attn.out", "attention/linear_2"},
                                                {"cross_attn_ln", "attention/layer_norm"},
                                                {"mlp.0", "ffn/linear_0"},
                                                {"mlp.2", "ffn/linear_1"}}};
constexpr std::array<Module, 7> kModules{{{"encoder.conv1", "encoder/conv1"},
                                          {"encoder.conv2", "encoder/conv2"},
                                          {"encoder.ln_post", "encoder/layer_norm"},
                                          {"decoder.ln", "decoder/layer_norm"},
                                          {"decoder.token_embedding", "decoder/embeddings"},
                                          {"encoder", "encoder/position_encodings"},
                                          {"decoder", "decoder/position_encodings"}}};
constexpr Module kMlpNorm{"mlp_ln", "ffn/layer_norm"};

/// A tensor of OpenAI's as a part of a variable.
struct Part {
  std::string variable;
  std::int64_t index = 0, count = 1;
};

template <std::size_t size>
const Module& module_of(const std::array<Module, size>& modules, std::string_view openai) {
  for (const Module& module : modules) {
    if (module.openai == openai) return module;
  }
  if (openai == kMlpNorm.openai) return kMlpNorm;
  fail(ErrorKind::internal, "the module ", openai, " has no CTranslate2 name");
}

std::string_view field_name(std::string_view field, std::string_view module) {
  if (field == "positional_embedding") return "encodings";
  if (!module.ends_with("layer_norm")) return field;
  return field == "weight" ? "gamma" : "beta";
}

// "encoder.blocks.3.attn.key.weight" is [encoder.blocks.3.] [attn.key] [.weight].
Part part_of(std::string_view name) {
  constexpr std::string_view kBlocks = ".blocks.";
  const std::size_t last = name.rfind('.');
  const std::string_view field = name.substr(last + 1);
  const std::size_t blocks = name.find(kBlocks);
  if (blocks == std::string_view::npos) {
    const Module& module = module_of(kModules, name.substr(0, last));
    return {concat(module.ctranslate2, "/", field_name(field, module.ctranslate2))};
  }
  const std::size_t number = blocks + kBlocks.size();
  const std::size_t dot = name.find('.', number);
  const Module& module = module_of(kBlockModules, name.substr(dot + 1, last - dot - 1));
  return {concat(name.substr(0, blocks), "/layer_", name.substr(number, dot - number), "/",
                 module.ctranslate2, "/", field_name(field, module.ctranslate2)),
          module.index, module.count};
}

std::int64_t setting_of(const CTranslate2Model& model, const std::string& name,
                        const std::string& source) {
  const auto found = model.settings.find(name);
  if (found == model.settings.end()) {
    fail(ErrorKind::format, source, ": expected the variable ", name, ", found none");
  }
  return found->second;
}

void check_settings(const CTranslate2Model& model, const std::string& source) {
  constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> kFixed{
      {{"decoder/activation", kErfGelu},
       {"decoder/pre_norm", 1},
       {"decoder/alibi", 0},
       {"decoder/scale_embeddings", 0},
       {"decoder/start_from_zero_embedding", 0}}};
  for (const auto& [name, value] : kFixed) {
    const auto found = model.settings.find(std::string(name));
    if (found != model.settings.end() && found->second != value) {
      fail(ErrorKind::unsupported, source, ": expected ", name, " to be ", value,
           ", as in every Whisper model, found ", found->second);
    }
  }
}

const TensorView& tensor_of_rank(const CTranslate2Model& model, std::string_view name,
                                 std::size_t rank, const std::string& source) {
  if (!model.tensors.contains(name)) {
    fail(ErrorKind::mismatch, source, ": expected the variable ", name, ", found none");
  }
  const TensorView& view = model.tensors.at(name);
  if (view.shape.size() != rank) {
    fail(ErrorKind::mismatch, source, ": expected the variable ", name, " to have ", rank,
         " axes, found shape ", to_string(view.shape));
  }
  return view;
}

std::int64_t count_layers(const CTranslate2Model& model, std::string_view side) {
  std::int64_t count = 0;
  while (model.tensors.contains(concat(side, "/layer_", count, "/ffn/linear_0/weight"))) ++count;
  return count;
}

WhisperDims dims_of(const CTranslate2Model& model, const std::string& source) {
  const Shape& conv = tensor_of_rank(model, "encoder/conv1/weight", 3, source).shape;
  const Shape& embedding = tensor_of_rank(model, kEmbedding, 2, source).shape;
  WhisperDims dims;
  dims.n_mels = conv[1];
  dims.n_audio_ctx =
      tensor_of_rank(model, "encoder/position_encodings/encodings", 2, source).shape[0];
  dims.n_audio_state = conv[0];
  dims.n_audio_head = setting_of(model, "encoder/num_heads", source);
  dims.n_audio_layer = count_layers(model, "encoder");
  dims.n_vocab = embedding[0];
  dims.n_text_ctx =
      tensor_of_rank(model, "decoder/position_encodings/encodings", 2, source).shape[0];
  dims.n_text_state = embedding[1];
  dims.n_text_head = setting_of(model, "decoder/num_heads", source);
  dims.n_text_layer = count_layers(model, "decoder");
  check_dims(dims, source);
  return dims;
}

TensorView cut(const TensorTable& variables, const Part& part, const Shape& shape,
               const std::string& source) {
  Shape whole = shape;
  whole[0] *= part.count;
  if (!variables.contains(part.variable)) {
    fail(ErrorKind::mismatch, source, ": expected the variable ", part.variable, " of shape ",
         to_string(whole), " by the model's dims, found none");
  }
  const TensorView& view = variables.at(part.variable);
  if (view.shape != whole) {
    fail(ErrorKind::mismatch, source, ": expected the variable ", part.variable, " of shape ",
         to_string(whole), " by the model's dims, found ", to_string(view.shape));
  }
  return part.count == 1 ? view : slice_rows(view, part.index * shape[0], shape[0]);
}

// Whisper's keys have no bias; in a stack of biases theirs must be zeros.
void check_key_bias(const TensorTable& variables, std::string_view key_weight,
                    const std::string& source) {
  Part part = part_of(key_weight);
  part.variable.replace(part.variable.rfind('/'), std::string::npos, "/bias");
  const TensorView& stack = variables.at(part.variable);
  const std::int64_t rows = stack.shape[0] / part.count;
  const std::vector<float> bias = to_float32(slice_rows(stack, part.index * rows, rows));
  if (!std::all_of(bias.begin(), bias.end(), [](float value) { return value == 0.0F; })) {
    fail(ErrorKind::mismatch, source, ": expected zeros as the bias of the keys in ", part.variable,
         ", as in every Whisper model, found other values");
  }
}

void check_nothing_left(const TensorTable& variables, const std::unordered_set<std::string>& used,
                        const std::string& source) {
  std::string first;
  for (const auto& entry : variables.all()) {
    if (used.contains(entry.first)) continue;
    if (first.empty() || entry.first < first) first = entry.first;
  }
  if (!first.empty()) {
    fail(ErrorKind::mismatch, source,
         ": expected only the variables of the model's dims, found also ", printable(first));
  }
}

TensorTable split_variables(const TensorTable& variables, const WhisperDims& dims,
                            const std::string& source) {
  TensorTable tensors;
  std::unordered_set<std::string> used;
  const std::vector<WeightSpec> table = weight_table(dims);
  for (const WeightSpec& spec : table) {
    Part part = part_of(spec.name);
    tensors.add(spec.name, cut(variables, part, spec.shape, source));
    used.insert(std::move(part.variable));
  }
  for (const WeightSpec& spec : table) {
    if (spec.name.ends_with(".key.weight")) check_key_bias(variables, spec.name, source);
  }
  if (variables.contains(kHead)) {
    check_tied(variables.at(kEmbedding), variables.at(kHead), kHead, source);
    used.insert(std::string(kHead));
  }
  check_nothing_left(variables, used, source);
  return tensors;
}

}  // namespace

Checkpoint parse_ctranslate2(std::span<const std::byte> bytes, const std::string& source,
                             const std::shared_ptr<const void>& owner) {
  const CTranslate2Model model = parse_ctranslate2_model(bytes, source, owner);
  check_settings(model, source);
  Checkpoint checkpoint;
  checkpoint.format = CheckpointFormat::ctranslate2;
  checkpoint.dims = dims_of(model, source);
  checkpoint.tensors = split_variables(model.tensors, checkpoint.dims, source);
  check_tensors(checkpoint.tensors, checkpoint.dims, source);
  return checkpoint;
}

Checkpoint read_ctranslate2(const std::filesystem::path& model) {
  refuse_other_files(model, Wanted::checkpoint);
  const auto file = MappedFile::open(model);
  Checkpoint checkpoint = parse_ctranslate2(file->bytes(), model.string(), file);
  checkpoint.path = checkpoint.weights = model;
  std::error_code ignored;
  const auto config = model.parent_path() / "config.json";
  if (std::filesystem::exists(config, ignored)) {
    take_alignment_heads(checkpoint, read_json(config), config.string());
  }
  return checkpoint;
}

}  // namespace sotto

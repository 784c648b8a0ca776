#include "model/checkpoint/weight_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::string_view kHead = "proj_out.weight";
constexpr std::string_view kModel = "model.";

// Parts of names, between dots, that wrappers add: anywhere, or before the name alone.
constexpr std::array<std::string_view, 5> kAnywhere{
    "module", "_orig_mod", "base_layer", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"};
constexpr std::array<std::string_view, 2> kBefore{"model", "base_model"};

template <std::size_t size>
bool is_one_of(std::string_view part, const std::array<std::string_view, size>& parts) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
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

// PEFT's own parts are called lora_A, lora_B, lora_embedding_A, lora_magnitude_vector, …
bool is_of_adapter(std::string_view name) {
  return name.starts_with("lora_") || name.find(".lora_") != std::string_view::npos;
}

// The first in the alphabet, so that the same file is always refused with the same sentence.
std::string first_of_adapter(const TensorTable& found) {
  std::string first;
  for (const auto& entry : found.all()) {
    if (!is_of_adapter(entry.first)) continue;
    if (first.empty() || entry.first < first) first = entry.first;
  }
  return first;
}

}  // namespace

std::string plain_name(std::string_view name) {
  std::string plain;
  while (!name.empty()) {
    const std::size_t end = name.find('.');
    const std::string_view part = name.substr(0, end);
    const bool is_wrapper =
        end != std::string_view::npos &&
        (is_one_of(part, kAnywhere) || (plain.empty() && is_one_of(part, kBefore)));
    const std::size_t size = end == std::string_view::npos ? name.size() : end + 1;
    if (!is_wrapper) plain += name.substr(0, size);
    name.remove_prefix(size);
  }
  return plain;
}

std::string hugging_face_name(std::string_view openai_name) {
  std::string name = concat(kModel, openai_name);
  for (const auto& [from, to] : kWords) {
    const std::size_t place = name.find(from);
    if (place != std::string::npos) name.replace(place, from.size(), to);
  }
  return name;
}

WeightNames::WeightNames(const TensorTable& found, const std::string& source) {
  if (const std::string adapter = first_of_adapter(found); !adapter.empty()) {
    fail(ErrorKind::unsupported, source,
         ": expected weights that an adapter is merged into, found ", printable(adapter),
         " of a LoRA adapter beside them: merge it with PEFT's ",
         "merge_and_unload() and save the model again");
  }
  for (const auto& entry : found.all()) {
    const auto [place, is_new] = names_.emplace(plain_name(entry.first), entry.first);
    if (is_new) continue;
    const auto& [first, second] = std::minmax(place->second, entry.first);
    fail(ErrorKind::format, source, ": expected one model, found both ", printable(first), " and ",
         printable(second));
  }
  is_hugging_face_ = std::any_of(names_.begin(), names_.end(), [](const auto& name) {
    return name.first == kHead || name.first == "decoder.embed_tokens.weight" ||
           name.first.find(".layers.") != std::string::npos;
  });
  // What most names of a file begin with, for those that are missing.
  for (const std::string_view plain : {"encoder.conv1.weight", "encoder.conv1.bias"}) {
    const auto known = names_.find(std::string(plain));
    if (known != names_.end() && known->second.ends_with(plain)) {
      prefix_ = known->second.substr(0, known->second.size() - plain.size());
    }
  }
}

std::string WeightNames::operator()(std::string_view openai_name) const {
  const std::string plain = is_hugging_face_ ? hugging_face_name(openai_name).substr(kModel.size())
                                             : std::string(openai_name);
  const auto known = names_.find(plain);
  return known == names_.end() ? prefix_ + plain : known->second;
}

std::string WeightNames::head() const {
  const auto known = names_.find(std::string(kHead));
  return known == names_.end() ? std::string() : known->second;
}

}  // namespace sotto

#include "model/checkpoint/adapter_tensors.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/archive/printable.h"
#include "core/base/error.h"

namespace sotto {
namespace {

constexpr std::string_view kPart = ".lora_";
constexpr std::string_view kBase = ".base_layer.";

// PEFT's own, and what training on several devices and compiling put before it.
std::string_view without_prefixes(std::string_view name) {
  constexpr std::array<std::string_view, 4> kPrefixes{"module.", "_orig_mod.",
                                                      "_fsdp_wrapped_module.", "base_model.model."};
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view prefix : kPrefixes) {
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      found = true;
    }
  }
  return name;
}

/// "lora_A.weight" and "lora_A.default.weight", where the adapter's name was left in, are the part
/// "lora_A" and its field "weight"; of "lora_embedding_A" and "lora_embedding_A.default" it is "".
struct Part {
  std::string_view name, field;
};

Part part_of(std::string_view text) {
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos) return {text, ""};
  const std::string_view name = text.substr(0, first);
  const std::string_view field = text.substr(text.rfind('.') + 1);
  return {name, field == "weight" || field == "bias" ? field : ""};
}

/// The place of a part in its pair; null for a part of another kind of adapter.
std::optional<AdapterTensor>* place_of(const Part& part, LowRankPair& pair) {
  const bool is_embedding = part.name.starts_with("lora_embedding_");
  if (part.field != (is_embedding ? "" : part.field == "bias" ? "bias" : "weight")) return nullptr;
  pair.is_embedding = is_embedding;
  if (part.name == "lora_B" && part.field == "bias") return &pair.bias;
  if (part.field == "bias") return nullptr;
  if (part.name == "lora_A" || part.name == "lora_embedding_A") return &pair.a;
  if (part.name == "lora_B" || part.name == "lora_embedding_B") return &pair.b;
  return nullptr;
}

// "….q_proj.base_layer.bias" is the bias of q_proj, which PEFT wraps.
std::string without_wrapping(std::string_view name) {
  std::string plain(name);
  if (const std::size_t place = plain.find(kBase); place != std::string::npos) {
    plain.erase(place, kBase.size() - 1);
  }
  return plain;
}

[[noreturn]] void refuse_second(const std::string& name, const std::string& source) {
  fail(ErrorKind::format, source, ": expected one adapter, found a second tensor for the place of ",
       printable(name));
}

void add_part(AdapterTensors& sorted, std::string_view plain, AdapterTensor tensor,
              const std::string& source) {
  const std::size_t place = plain.rfind(kPart);
  LowRankPair& pair = sorted.pairs[std::string(plain.substr(0, place))];
  const bool was_embedding = pair.is_embedding;
  const bool is_new = !pair.a && !pair.b && !pair.bias;
  std::optional<AdapterTensor>* part = place_of(part_of(plain.substr(place + 1)), pair);
  if (part == nullptr) {
    fail(ErrorKind::unsupported, source,
         ": expected lora_A and lora_B of modules, or whole tensors, found ",
         printable(tensor.name));
  }
  if (*part || (!is_new && pair.is_embedding != was_embedding)) refuse_second(tensor.name, source);
  *part = std::move(tensor);
}

}  // namespace

AdapterTensors sort_adapter_tensors(const TensorTable& tensors, const std::string& source) {
  // In the order of the alphabet, so that the same file is always refused with the same sentence.
  const std::map<std::string_view, const TensorView*> ordered = [&] {
    std::map<std::string_view, const TensorView*> result;
    for (const auto& [name, view] : tensors.all()) result.emplace(name, &view);
    return result;
  }();
  AdapterTensors sorted;
  for (const auto& [name, view] : ordered) {
    AdapterTensor tensor{std::string(name), *view};
    const std::string_view plain = without_prefixes(name);
    if (plain.find(kPart) != std::string_view::npos) {
      add_part(sorted, plain, std::move(tensor), source);
      continue;
    }
    const auto [place, is_new] = sorted.others.emplace(without_wrapping(plain), std::move(tensor));
    if (!is_new) refuse_second(std::string(name), source);
  }
  return sorted;
}

}  // namespace sotto

#include "model/checkpoint/adapter_modules.h"

#include <array>

#include "model/checkpoint/tensor_names.h"
#include "model/checkpoint/weight_names.h"
#include "model/schema/weights.h"

namespace sotto {
namespace {

constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kBias = ".bias";
constexpr std::string_view kEmbedding = "decoder.token_embedding.weight";
constexpr std::string_view kHead = "proj_out";

enum class Naming { with_head, without_head, openai };

std::string name_of(Naming naming, std::string_view openai_name) {
  if (naming == Naming::openai) return std::string(openai_name);
  std::string name = hugging_face_name(openai_name);
  constexpr std::string_view kPrefix = "model.";
  return naming == Naming::with_head ? name : name.substr(kPrefix.size());
}

ModuleKind kind_of(const WeightSpec& spec) {
  if (spec.shape.size() == 3) return ModuleKind::convolution;
  if (spec.shape.size() == 1) return ModuleKind::norm;
  const bool is_table = spec.name.ends_with("positional_embedding") || spec.name == kEmbedding;
  return is_table ? ModuleKind::embedding : ModuleKind::linear;
}

std::vector<AdapterModule> modules_of(const WhisperDims& dims, Naming naming) {
  std::vector<AdapterModule> modules;
  std::unordered_map<std::string, std::size_t> places;
  for (const WeightSpec& spec : weight_table(dims)) {
    std::string name = name_of(naming, spec.name);
    if (name.ends_with(kWeight)) {
      name.erase(name.size() - kWeight.size());
      places.emplace(name, modules.size());
      modules.push_back({name, spec.name, {}, kind_of(spec)});
    } else if (name.ends_with(kBias)) {  // the weight came before; OpenAI's positions are neither
      name.erase(name.size() - kBias.size());
      modules[places.at(name)].bias = spec.name;
    }
  }
  if (naming == Naming::with_head) {
    modules.push_back({std::string(kHead), std::string(kEmbedding), {}, ModuleKind::head});
  }
  return modules;
}

bool has(const std::vector<AdapterModule>& modules, std::string_view name) {
  for (const AdapterModule& module : modules) {
    if (module.name == name) return true;
  }
  return false;
}

}  // namespace

AdapterModules::AdapterModules(const WhisperDims& dims, std::string_view module)
    : modules_(modules_of(dims, Naming::with_head)) {
  for (const Naming naming : {Naming::without_head, Naming::openai}) {
    if (has(modules_, module)) break;
    std::vector<AdapterModule> others = modules_of(dims, naming);
    if (has(others, module)) modules_ = std::move(others);
  }
  for (std::size_t i = 0; i < modules_.size(); ++i) places_.emplace(modules_[i].name, i);
}

const AdapterModule* AdapterModules::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &modules_[found->second];
}

const AdapterModule* AdapterModules::head() const { return find(kHead); }

}  // namespace sotto

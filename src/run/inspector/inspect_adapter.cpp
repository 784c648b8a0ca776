#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "model/checkpoint/adapter.h"
#include "model/checkpoint/adapter_tensors.h"
#include "run/inspector/inspect_parts.h"

namespace sotto {
namespace {

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(kMost, names.size()); ++i) {
    text += concat(i == 0 ? "" : ", ", printable(names[i]));
  }
  return names.size() > kMost ? concat(text, " and ", names.size() - kMost, " more") : text;
}

std::string choice(const ModuleChoice& choice) {
  return choice.pattern ? printable(*choice.pattern) : listed(choice.names);
}

template <class Number>
std::string number(Number usual, std::size_t patterns) {
  if (patterns == 0) return concat(usual);
  return concat(usual, ", another for ", patterns, patterns == 1 ? " pattern" : " patterns");
}

void describe_config(const AdapterConfig& config, Inspection& inspection) {
  auto& facts = inspection.facts;
  facts.emplace_back("base model",
                     config.base_model.empty() ? "not said" : printable(config.base_model));
  facts.emplace_back("rank", number(config.rank, config.rank_pattern.size()));
  facts.emplace_back("alpha", number(config.alpha, config.alpha_pattern.size()));
  facts.emplace_back("factor", config.root_scaled ? "alpha / √rank" : "alpha / rank");
  facts.emplace_back("target modules", choice(config.targets));
  if (!config.excluded.empty()) facts.emplace_back("but not", choice(config.excluded));
  if (!config.saved.empty()) facts.emplace_back("modules to save", listed(config.saved));
}

}  // namespace

void inspect_adapter(Inspection& inspection) {
  const Adapter adapter = read_adapter(inspection.path);
  const AdapterTensors sorted =
      sort_adapter_tensors(adapter.tensors, adapter.files.weights.string());
  inspection.kind = "LoRA adapter";
  inspection.bytes = std::filesystem::file_size(adapter.files.weights);
  inspection.facts.emplace_back("weights", adapter.files.weights.filename().string());
  describe_config(adapter.config, inspection);
  inspection.facts.emplace_back("pairs of matrices", std::to_string(sorted.pairs.size()));
  inspection.facts.emplace_back("whole tensors", std::to_string(sorted.others.size()));
  for (const auto& [name, view] : adapter.tensors.all()) {
    inspection.parameters += num_elements(view.shape);
    inspection.tensors.push_back({name, view.dtype, view.shape});
  }
  std::sort(inspection.tensors.begin(), inspection.tensors.end(),
            [](const TensorInfo& a, const TensorInfo& b) { return a.name < b.name; });
}

}  // namespace sotto

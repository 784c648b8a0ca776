#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/checkpoint/adapter_config.h"
#include "model/checkpoint/adapter_modules.h"
#include "model/checkpoint/module_pattern.h"

namespace sotto {

/// The rules by which PEFT finds the modules that a configuration speaks of.
class AdapterRules {
 public:
  /// Throws what ModulePattern throws, and unsupported for lists of layers that are no plain names.
  explicit AdapterRules(const AdapterConfig& config);

  /// Whether the module has a low-rank product.
  [[nodiscard]] bool targets(const AdapterModule& module) const;

  /// Whether it was trained as a whole, as a copy of its own (modules_to_save).
  [[nodiscard]] bool saves(std::string_view module) const;

  [[nodiscard]] std::int64_t rank_of(std::string_view module) const;
  /// What its product is multiplied by: alpha / rank, or alpha / √rank.
  [[nodiscard]] double factor_of(std::string_view module) const;

 private:
  class Choice {
   public:
    Choice(const ModuleChoice& choice, const std::string& source);
    [[nodiscard]] bool has_whole(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;

   private:
    std::set<std::string, std::less<>> names_;
    std::optional<ModulePattern> pattern_;
  };

  [[nodiscard]] bool is_of_the_layers(std::string_view module) const;

  bool all_linear_;
  Choice targets_, excluded_;
  std::vector<std::string> saved_;
  std::optional<std::set<std::int64_t>> layers_;
  std::vector<std::string> layer_lists_;
  std::vector<std::pair<ModulePattern, std::int64_t>> ranks_;
  std::vector<std::pair<ModulePattern, double>> alphas_;
  std::int64_t rank_;
  double alpha_;
  bool root_scaled_;
};

}  // namespace sotto

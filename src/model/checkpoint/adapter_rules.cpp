#include "model/checkpoint/adapter_rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/archive/printable.h"
#include "core/base/error.h"
#include "core/base/text.h"

namespace sotto {
namespace {

constexpr std::string_view kAllLinear = "all-linear";

bool is_all_linear(const ModuleChoice& choice) {
  return choice.pattern && lower_case(*choice.pattern) == kAllLinear;
}

bool is_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// The number in front of the next dot, where one stands there.
std::optional<std::int64_t> number_at(std::string_view text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool is_part = error == std::errc() && stop != end && *stop == '.' && text.front() != '-';
  return is_part ? std::optional(number) : std::nullopt;
}

/// The first number that is a part of its own, at least two parts before it, the one right before
/// it called `list`, where that is given.
std::optional<std::int64_t> layer_of(std::string_view module, std::string_view list) {
  for (std::size_t dot = module.find('.'); dot != std::string_view::npos;
       dot = module.find('.', dot + 1)) {
    const std::size_t before = dot == 0 ? std::string_view::npos : module.rfind('.', dot - 1);
    if (before == std::string_view::npos) continue;
    if (!list.empty() && module.substr(before + 1, dot - before - 1) != list) continue;
    if (const auto number = number_at(module.substr(dot + 1))) return number;
  }
  return std::nullopt;
}

template <class Number>
std::vector<std::pair<ModulePattern, Number>> compiled(
    const std::vector<std::pair<std::string, Number>>& patterns, const std::string& source) {
  std::vector<std::pair<ModulePattern, Number>> result;
  result.reserve(patterns.size());
  for (const auto& [pattern, number] : patterns) {
    result.emplace_back(ModulePattern(pattern, ModulePattern::Extent::end, source), number);
  }
  return result;
}

template <class Number>
Number first_match(const std::vector<std::pair<ModulePattern, Number>>& patterns,
                   std::string_view module, Number otherwise) {
  for (const auto& [pattern, number] : patterns) {
    if (pattern.matches(module)) return number;
  }
  return otherwise;
}

}  // namespace

AdapterRules::Choice::Choice(const ModuleChoice& choice, const std::string& source)
    : names_(choice.names.begin(), choice.names.end()) {
  if (choice.pattern) pattern_.emplace(*choice.pattern, ModulePattern::Extent::whole, source);
}

bool AdapterRules::Choice::has_whole(std::string_view name) const {
  return pattern_ ? pattern_->matches(name) : names_.contains(name);
}

bool AdapterRules::Choice::has(std::string_view name) const {
  if (has_whole(name)) return true;
  if (pattern_) return false;
  for (std::size_t dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.', dot + 1)) {
    if (names_.contains(name.substr(dot + 1))) return true;
  }
  return false;
}

AdapterRules::AdapterRules(const AdapterConfig& config)
    : all_linear_(is_all_linear(config.targets)),
      targets_(all_linear_ ? ModuleChoice() : config.targets, config.source),
      excluded_(config.excluded, config.source),
      saved_(config.saved),
      layer_lists_(config.layer_lists),
      ranks_(compiled(config.rank_pattern, config.source)),
      alphas_(compiled(config.alpha_pattern, config.source)),
      rank_(config.rank),
      alpha_(config.alpha),
      root_scaled_(config.root_scaled) {
  if (config.layers) layers_.emplace(config.layers->begin(), config.layers->end());
  for (const std::string& list : layer_lists_) {
    if (is_plain(list)) continue;
    fail(ErrorKind::unsupported, config.source,
         ": expected layers_pattern to be the name of a list of layers, found ", printable(list));
  }
}

bool AdapterRules::is_of_the_layers(std::string_view module) const {
  if (!layers_) return true;
  std::optional<std::int64_t> layer;
  if (layer_lists_.empty()) layer = layer_of(module, {});
  for (const std::string& list : layer_lists_) {
    if (!layer) layer = layer_of(module, list);
  }
  return layer && layers_->contains(*layer);
}

bool AdapterRules::targets(const AdapterModule& module) const {
  if (module.kind == ModuleKind::norm || excluded_.has(module.name)) return false;
  const std::string parts = concat(".", module.name, ".");
  for (const std::string& saved : saved_) {
    if (parts.find(concat(".", saved, ".")) != std::string::npos) return false;
  }
  if (all_linear_) return module.kind == ModuleKind::linear;
  if (targets_.has_whole(module.name)) return true;
  return targets_.has(module.name) && is_of_the_layers(module.name);
}

bool AdapterRules::saves(std::string_view module) const {
  return std::any_of(saved_.begin(), saved_.end(),
                     [&](const std::string& name) { return module.ends_with(name); });
}

std::int64_t AdapterRules::rank_of(std::string_view module) const {
  return first_match(ranks_, module, rank_);
}

double AdapterRules::factor_of(std::string_view module) const {
  const auto rank = static_cast<double>(rank_of(module));
  return first_match(alphas_, module, alpha_) / (root_scaled_ ? std::sqrt(rank) : rank);
}

}  // namespace sotto

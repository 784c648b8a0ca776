#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sotto {

/// How an adapter's configuration names modules of the model.
struct ModuleChoice {
  std::vector<std::string> names;      ///< whole names, or their ends from a part on
  std::optional<std::string> pattern;  ///< a regular expression of whole names

  [[nodiscard]] bool empty() const { return names.empty() && !pattern; }
};

/// What adapter_config.json says of a LoRA: docs/formats/adapter.md.
struct AdapterConfig {
  std::string source;      ///< the file, for messages
  std::string base_model;  ///< base_model_name_or_path; empty where it names none
  std::int64_t rank = 0;
  double alpha = 0;
  /// For modules by regular expressions, of which the first that matches counts.
  std::vector<std::pair<std::string, std::int64_t>> rank_pattern;
  std::vector<std::pair<std::string, double>> alpha_pattern;
  bool root_scaled = false;  ///< use_rslora: alpha over the rank's root
  ModuleChoice targets, excluded;
  std::vector<std::string> saved;  ///< modules_to_save
  /// Layers that `targets` are of, by number, and the parts of names that those numbers follow.
  std::optional<std::vector<std::int64_t>> layers;
  std::vector<std::string> layer_lists;
};

/// Reads the text of adapter_config.json. Throws format, naming `source`, when it is malformed, and
/// unsupported for what is no LoRA, or is one that no sum of the base's weights and a product of
/// two matrices is equal to, with what to do about it.
[[nodiscard]] AdapterConfig parse_adapter_config(std::span<const std::byte> bytes,
                                                 const std::string& source);

}  // namespace sotto

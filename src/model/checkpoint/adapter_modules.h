#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/bundle/dims.h"

namespace sotto {

/// What a low-rank product can be added to, and by which formula.
enum class ModuleKind {
  linear,
  head,  ///< linear, over the token embedding's own weights
  convolution,
  embedding,
  norm,  ///< nothing
};

/// A module of a Whisper as an adapter calls it, and the tensors that it is made of by OpenAI's
/// names.
struct AdapterModule {
  std::string name;    ///< "model.decoder.layers.0.self_attn.q_proj"
  std::string weight;  ///< "decoder.blocks.0.attn.query.weight"
  std::string bias;    ///< empty where it has none
  ModuleKind kind = ModuleKind::linear;
};

/// The modules of a model under the names of whoever trained it: transformers' with its head or
/// without (there a prefix "model." is missing), or OpenAI's own.
class AdapterModules {
 public:
  /// Under the names that have `module` among them; under transformers' where none has.
  AdapterModules(const WhisperDims& dims, std::string_view module);

  /// Null when there is no such module.
  [[nodiscard]] const AdapterModule* find(std::string_view name) const;
  /// In the order of weight_table(), the head last.
  [[nodiscard]] const std::vector<AdapterModule>& all() const { return modules_; }
  /// The head; null where the names know none.
  [[nodiscard]] const AdapterModule* head() const;

 private:
  std::vector<AdapterModule> modules_;
  std::unordered_map<std::string_view, std::size_t> places_;
};

}  // namespace sotto

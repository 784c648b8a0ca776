#include "model/checkpoint/alignment_heads.h"

#include "core/base/error.h"
#include "model/checkpoint/json_document.h"

namespace sotto {
namespace {

std::pair<std::int64_t, std::int64_t> pair_of(const nlohmann::json& item,
                                              const std::string& source) {
  if (item.is_array() && item.size() == 2) {
    const auto layer = as_integer(item[0]);
    const auto head = as_integer(item[1]);
    if (layer && head) return {*layer, *head};
  }
  fail(ErrorKind::format, source,
       ": expected alignment_heads to be a list of [layer, head], found something else in it");
}

}  // namespace

std::optional<AlignmentHeads> alignment_heads_of(const nlohmann::json& config,
                                                 const WhisperDims& dims,
                                                 const std::string& source) {
  const auto found = config.find("alignment_heads");
  if (found == config.end() || found->is_null()) return std::nullopt;
  if (!found->is_array()) {
    fail(ErrorKind::format, source,
         ": expected alignment_heads to be a list of [layer, head], found ", found->type_name());
  }
  AlignmentHeads heads;
  for (const nlohmann::json& item : *found) {
    heads.push_back(pair_of(item, source));
  }
  check_alignment_heads(heads, dims, source);
  return heads;
}

void check_alignment_heads(const AlignmentHeads& heads, const WhisperDims& dims,
                           const std::string& source) {
  for (const auto& [layer, head] : heads) {
    if (layer < 0 || layer >= dims.n_text_layer || head < 0 || head >= dims.n_text_head) {
      fail(ErrorKind::mismatch, source, ": expected alignment_heads within ", dims.n_text_layer,
           " layers of ", dims.n_text_head, " heads, found [", layer, ", ", head, "]");
    }
  }
}

}  // namespace sotto

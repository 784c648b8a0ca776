#include "model/checkpoint/alignment_heads.h"

#include "nlohmann/json.hpp"

#include "core/base/error.h"
#include "core/json/json_document.h"

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

/// The `alignment_heads` of a configuration; nullopt when it has none or null.
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

}  // namespace

void take_alignment_heads(Checkpoint& checkpoint, const nlohmann::json& config,
                          const std::string& source) {
  try {
    checkpoint.alignment_heads = alignment_heads_of(config, checkpoint.dims, source);
  } catch (const Error& problem) {
    checkpoint.notes.push_back(
        concat(problem.message(), ": they are left out, and words timed by the usual heads"));
  }
}

AlignmentHeads choose_alignment_heads(const Checkpoint& checkpoint,
                                      const std::optional<AlignmentHeads>& wanted) {
  return complete_alignment_heads(
      wanted ? *wanted : checkpoint.alignment_heads.value_or(AlignmentHeads{}), checkpoint.dims,
      checkpoint.path.string());
}

}  // namespace sotto

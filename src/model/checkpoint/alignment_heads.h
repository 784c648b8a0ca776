#pragma once

#include <optional>
#include <string>

#include "nlohmann/json_fwd.hpp"

#include "core/bundle/alignment_heads.h"
#include "model/checkpoint/checkpoint.h"

namespace sotto {

/// Gives a checkpoint the `alignment_heads` of a configuration, [[layer, head], …]; none when it
/// has none or null. They concern the times of words alone: where they are malformed, or those of
/// another model, a note that names `source` says that they are left out.
void take_alignment_heads(Checkpoint& checkpoint, const nlohmann::json& config,
                          const std::string& source);

/// The heads whose attention times words, ascending and each once: `wanted` where given, else the
/// checkpoint's own, else every head of the upper half of the decoder's layers, as the reference
/// has it for models that it does not know by name. Throws usage when the decoder has no such
/// layer or head.
[[nodiscard]] AlignmentHeads choose_alignment_heads(const Checkpoint& checkpoint,
                                                    const std::optional<AlignmentHeads>& wanted);

}  // namespace sotto

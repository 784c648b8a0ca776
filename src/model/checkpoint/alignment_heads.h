#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nlohmann/json_fwd.hpp"

#include "model/checkpoint/checkpoint.h"
#include "model/schema/dims.h"

namespace sotto {

/// (layer, head) pairs for word timestamps.
using AlignmentHeads = std::vector<std::pair<std::int64_t, std::int64_t>>;

/// Gives a checkpoint the `alignment_heads` of a configuration, [[layer, head], …]; none when it
/// has none or null. They concern the times of words alone: where they are malformed, or those of
/// another model, a note that names `source` says that they are left out.
void take_alignment_heads(Checkpoint& checkpoint, const nlohmann::json& config,
                          const std::string& source);

/// Throws mismatch, naming `source`, when the decoder has no such layer or head.
void check_alignment_heads(const AlignmentHeads& heads, const WhisperDims& dims,
                           const std::string& source);

/// The heads whose attention times words, ascending and each once: `wanted` where given, else the
/// checkpoint's own, else every head of the upper half of the decoder's layers, as the reference
/// has it for models that it does not know by name. Throws usage when the decoder has no such
/// layer or head.
[[nodiscard]] AlignmentHeads choose_alignment_heads(const Checkpoint& checkpoint,
                                                    const std::optional<AlignmentHeads>& wanted);

/// Reads "3:1,4:2": layer and head. Throws usage when it is something else.
[[nodiscard]] AlignmentHeads parse_alignment_heads(std::string_view text);

/// The layers of these heads, ascending and each once.
[[nodiscard]] std::vector<std::int64_t> layers_of(const AlignmentHeads& heads);

}  // namespace sotto
